#include "textflag.h"

DATA quote<>+0(SB)/8, $0x22
GLOBL quote<>(SB), RODATA|NOPTR, $8
DATA backslash<>+0(SB)/8, $0x5c
GLOBL backslash<>(SB), RODATA|NOPTR, $8
DATA control<>+0(SB)/8, $0x1f
GLOBL control<>(SB), RODATA|NOPTR, $8

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
	SUBQ         $36, BX                // four bytes ahead of a text and 32 of it are there up to here
	VPBROADCASTB quote<>(SB), Y0
	VPBROADCASTB backslash<>(SB), Y1
	VPBROADCASTB control<>(SB), Y2

string:
	CMPQ         AX, BX
	JGT          done
	MOVL         (SI)(AX*1), R8
	ANDL         R10, R8
	CMPL         R8, R11
	JNE          done
	LEAQ         (AX)(CX*1), DX         // the text
	MOVQ         DX, R9

block:
	VMOVDQU      (SI)(R9*1), Y3
	VPCMPEQB     Y0, Y3, Y4
	VPCMPEQB     Y1, Y3, Y5
	VPCMPGTB     Y2, Y3, Y3             // signed: neither a control character nor beyond ASCII
	VPOR         Y4, Y5, Y5
	VPANDN       Y3, Y5, Y5             // goes on
	VPMOVMSKB    Y5, R8
	NOTL         R8
	TESTL        R8, R8
	JZ           more
	BSFL         R8, R8
	ADDQ         R8, R9
	CMPQ         R9, DX
	JEQ          done                   // empty
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
	JLE          block

done:
	VZEROUPPER
	MOVQ         R13, n+56(FP)
	RET
