#include "textflag.h"

DATA bounds<>+0(SB)/8, $0x5c3a400111282520 // one byte for each of the loads below
GLOBL bounds<>(SB), RODATA|NOPTR, $8
DATA lead<>+0(SB)/8, $0xc0
GLOBL lead<>(SB), RODATA|NOPTR, $8

// MASKS sets X to the join bits and Y to the mark bits of 32 bytes at off(AX).
#define MASKS(off, X, Y) \
	VMOVDQU      off(AX), Y8            \
	VPSUBB       Y2, Y8, Y9             \ // from '(' to '9'
	VPMINUB      Y3, Y9, Y10            \
	VPCMPEQB     Y9, Y10, Y9            \
	VPCMPEQB     Y0, Y8, Y10            \ // a blank
	VPOR         Y9, Y10, Y9            \
	VPMOVMSKB    Y9, X                  \
	VPSUBB       Y1, Y8, Y9             \ // % and &
	VPMINUB      Y4, Y9, Y10            \
	VPCMPEQB     Y9, Y10, Y9            \
	VPCMPEQB     Y5, Y8, Y10            \ // @
	VPOR         Y9, Y10, Y9            \
	VPCMPEQB     Y6, Y8, Y10            \ // :
	VPOR         Y9, Y10, Y9            \
	VPCMPEQB     Y7, Y8, Y10            \ // backslash
	VPOR         Y9, Y10, Y9            \
	VPMAXUB      Y11, Y8, Y10           \ // the first byte of a character beyond ASCII
	VPCMPEQB     Y8, Y10, Y10           \
	VPOR         Y9, Y10, Y9            \
	VPMOVMSKB    Y9, Y

// func masksAVX2(p *byte, n int, m *[batch]mask)
TEXT ·masksAVX2(SB), NOSPLIT, $0-24
	MOVQ         p+0(FP), AX
	MOVQ         n+8(FP), BX
	MOVQ         m+16(FP), R8
	VPBROADCASTB bounds<>+0(SB), Y0     // ' '
	VPBROADCASTB bounds<>+1(SB), Y1     // '%'
	VPBROADCASTB bounds<>+2(SB), Y2     // '('
	VPBROADCASTB bounds<>+3(SB), Y3     // '9' - '('
	VPBROADCASTB bounds<>+4(SB), Y4     // '&' - '%'
	VPBROADCASTB bounds<>+5(SB), Y5     // '@'
	VPBROADCASTB bounds<>+6(SB), Y6     // ':'
	VPBROADCASTB bounds<>+7(SB), Y7     // '\\'
	VPBROADCASTB lead<>+0(SB), Y11

next:
	MASKS(0, CX, DX)
	MASKS(32, SI, DI)
	SHLQ         $32, SI
	ORQ          SI, CX
	SHLQ         $32, DI
	ORQ          DI, DX
	MOVQ         CX, (R8)
	MOVQ         DX, 8(R8)
	ADDQ         $64, AX
	ADDQ         $16, R8
	DECQ         BX
	JNZ          next
	VZEROUPPER
	RET
