#include "textflag.h"

DATA quote<>+0(SB)/8, $0x22
GLOBL quote<>(SB), RODATA|NOPTR, $8
DATA backslash<>+0(SB)/8, $0x5c
GLOBL backslash<>(SB), RODATA|NOPTR, $8
DATA blank<>+0(SB)/8, $0x20
GLOBL blank<>(SB), RODATA|NOPTR, $8

// STOPS sets R8 to the bytes that end or break a plain text, as bits, of the 32 bytes at R9. What is beyond ASCII is less than a blank.
#define STOPS \
	VMOVDQU   (SI)(R9*1), Y3 \
	VPCMPEQB  Y0, Y3, Y4     \
	VPCMPEQB  Y1, Y3, Y5     \
	VPCMPGTB  Y3, Y2, Y3     \
	VPOR      Y4, Y5, Y5     \
	VPOR      Y3, Y5, Y5     \
	VPMOVMSKB Y5, R8         \
	TESTL     R8, R8

// Strings of an array mostly are of one length. Where the next begins is not taken from what was found, for which it would have to
// wait, but from the length of the string before, as long as a comparison says the same.

// func runAVX2(src *byte, size, at, gap int, mask, want uint32, ends *int, most int) (n int)
TEXT ·runAVX2(SB), NOSPLIT, $0-64
	MOVQ         src+0(FP), SI
	MOVQ         size+8(FP), BX
	MOVQ         at+16(FP), AX          // behind the string before
	MOVQ         gap+24(FP), CX
	MOVL         mask+32(FP), R10
	MOVL         want+36(FP), R11
	MOVQ         ends+40(FP), DI
	MOVQ         most+48(FP), R12
	XORQ         R13, R13               // the strings so far
	XORQ         DX, DX                 // the length of the one before
	SUBQ         $36, BX                // four bytes ahead of a text and 32 of it are there up to here
	VPBROADCASTB quote<>(SB), Y0
	VPBROADCASTB backslash<>(SB), Y1
	VPBROADCASTB blank<>(SB), Y2

string:
	CMPQ         AX, BX
	JGT          done
	MOVL         (SI)(AX*1), R8
	ANDL         R10, R8
	CMPL         R8, R11
	JNE          done
	LEAQ         (AX)(CX*1), R9         // the text
	STOPS
	JZ           more
	BSFL         R8, R8
	CMPQ         R8, DX
	JEQ          known
	MOVQ         R8, DX

known:
	TESTQ        DX, DX
	JZ           done                   // empty
	ADDQ         DX, R9

found:
	CMPB         (SI)(R9*1), $0x22
	JNE          done
	LEAQ         1(R9), AX
	MOVQ         AX, (DI)(R13*8)
	INCQ         R13
	CMPQ         R13, R12
	JLT          string
	JMP          done

more:
	ADDQ         $32, R9
	CMPQ         R9, BX
	JGT          done
	STOPS
	JZ           more
	BSFL         R8, R8
	ADDQ         R8, R9
	JMP          found

done:
	VZEROUPPER
	MOVQ         R13, n+56(FP)
	RET

// func plainAVX2(src *byte, size, at int) int
TEXT ·plainAVX2(SB), NOSPLIT, $0-32
	MOVQ         src+0(FP), SI
	MOVQ         size+8(FP), BX
	MOVQ         at+16(FP), R9
	SUBQ         $32, BX                // that many bytes are there up to here
	VPBROADCASTB quote<>(SB), Y0
	VPBROADCASTB backslash<>(SB), Y1
	VPBROADCASTB blank<>(SB), Y2

plain:
	STOPS
	JNZ          stop
	ADDQ         $32, R9
	CMPQ         R9, BX
	JLE          plain

stop:
	VZEROUPPER
	MOVQ         R9, ret+24(FP)
	RET
