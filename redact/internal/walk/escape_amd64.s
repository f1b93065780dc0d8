#include "textflag.h"

DATA quote<>+0(SB)/8, $0x22
GLOBL quote<>(SB), RODATA|NOPTR, $8
DATA backslash<>+0(SB)/8, $0x5c
GLOBL backslash<>(SB), RODATA|NOPTR, $8
DATA blank<>+0(SB)/8, $0x20
GLOBL blank<>(SB), RODATA|NOPTR, $8
DATA delete<>+0(SB)/8, $0x7f
GLOBL delete<>(SB), RODATA|NOPTR, $8

// backslashes stand behind the eight bytes, for spread to take one wherever it is needed.
DATA backslashes<>+0(SB)/8, $0
DATA backslashes<>+8(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL backslashes<>(SB), RODATA|NOPTR, $16

// SPREAD writes the eight bytes at off(SI) with the backslashes that the lowest eight marks of R8 ask for, and goes on to the next eight.
#define SPREAD(off) \
	MOVBLZX R8, R9                \
	SHRL    $8, R8                \
	VMOVLPS off(SI), X9, X3       \ // backslashes stand behind them
	POPCNTL R9, R10               \
	SHLQ    $4, R9                \
	VPSHUFB (R11)(R9*1), X3, X3   \
	VMOVDQU X3, (DI)              \
	LEAQ    8(DI)(R10*1), DI

// MARKS sets R8 to the quotes and backslashes of Y3, as bits, unless TEST finds what must not be: then it jumps.
#define MARKS(TEST, other) \
	VPCMPGTB  Y3, Y2, Y4 \ // control characters, and what is beyond ASCII
	VPCMPEQB  Y7, Y3, Y5 \
	VPOR      Y4, Y5, Y5 \
	VPMOVMSKB Y5, R8     \
	TEST      R8, R8     \
	JNZ       other      \
	VPCMPEQB  Y0, Y3, Y4 \
	VPCMPEQB  Y1, Y3, Y5 \
	VPOR      Y4, Y5, Y5 \
	VPMOVMSKB Y5, R8

// func escapeAVX2(dst *byte, room int, src *byte, size int, spread *[256][16]byte) (read, wrote int)
TEXT ·escapeAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst+0(FP), DI
	MOVQ         room+8(FP), DX
	MOVQ         src+16(FP), SI
	MOVQ         size+24(FP), BX
	MOVQ         spread+32(FP), R11
	ADDQ         DI, DX
	ADDQ         SI, BX
	LEAQ         -64(DX), R12           // room for 32 bytes and as many backslashes is there up to here
	LEAQ         -32(BX), R13           // and 32 bytes are up to here
	SUBQ         $16, DX                // the same for eight
	SUBQ         $8, BX
	VPBROADCASTB quote<>(SB), Y0
	VPBROADCASTB backslash<>(SB), Y1
	VPBROADCASTB blank<>(SB), Y2
	VPBROADCASTB delete<>(SB), Y7
	VMOVDQU      backslashes<>(SB), X9

many:
	CMPQ         SI, R13
	JHI          next
	CMPQ         DI, R12
	JHI          next
	VMOVDQU      (SI), Y3
	MARKS(TESTL, next)
	TESTL        R8, R8
	JZ           plain
	SPREAD(0)
	SPREAD(8)
	SPREAD(16)
	SPREAD(24)
	ADDQ         $32, SI
	JMP          many

plain:
	VMOVDQU      Y3, (DI)
	ADDQ         $32, SI
	ADDQ         $32, DI
	JMP          many

next:
	CMPQ         SI, BX
	JHI          done
	CMPQ         DI, DX
	JHI          done
	VMOVQ        (SI), X3
	MARKS(TESTB, done)
	SPREAD(0)
	ADDQ         $8, SI
	JMP          next

done:
	VZEROUPPER
	SUBQ         src+16(FP), SI
	SUBQ         dst+0(FP), DI
	MOVQ         SI, read+40(FP)
	MOVQ         DI, wrote+48(FP)
	RET
