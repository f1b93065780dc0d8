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

// func escapeAVX2(dst *byte, room int, src *byte, size int, spread *[256][16]byte) (read, wrote int)
TEXT ·escapeAVX2(SB), NOSPLIT, $0-56
	MOVQ         dst+0(FP), DI
	MOVQ         room+8(FP), DX
	MOVQ         src+16(FP), SI
	MOVQ         size+24(FP), BX
	MOVQ         spread+32(FP), R11
	LEAQ         -16(DI)(DX*1), DX      // sixteen bytes are there from here
	LEAQ         -8(SI)(BX*1), BX       // and eight from here
	VPBROADCASTB quote<>(SB), X0
	VPBROADCASTB backslash<>(SB), X1
	VPBROADCASTB blank<>(SB), X2
	VPBROADCASTB delete<>(SB), X7
	VMOVDQU      backslashes<>(SB), X9

next:
	CMPQ         SI, BX
	JHI          done
	CMPQ         DI, DX
	JHI          done
	VMOVQ        (SI), X3
	VPCMPGTB     X3, X2, X4             // control characters, and what is beyond ASCII
	VPCMPEQB     X7, X3, X5
	VPOR         X4, X5, X5
	VPMOVMSKB    X5, R8
	TESTB        R8, R8
	JNZ          done
	VPCMPEQB     X0, X3, X4
	VPCMPEQB     X1, X3, X5
	VPOR         X4, X5, X5
	VPMOVMSKB    X5, R8
	POPCNTL      R8, R9
	SHLQ         $4, R8
	VMOVDQU      (R11)(R8*1), X4
	VPOR         X9, X3, X3
	VPSHUFB      X4, X3, X3
	VMOVDQU      X3, (DI)
	ADDQ         $8, SI
	LEAQ         8(DI)(R9*1), DI
	JMP          next

done:
	SUBQ         src+16(FP), SI
	SUBQ         dst+0(FP), DI
	MOVQ         SI, read+40(FP)
	MOVQ         DI, wrote+48(FP)
	RET
