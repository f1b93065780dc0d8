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

// func searchAVX2(p *byte, n, far int, r *joined) (k int, anchors uint64)
TEXT ·searchAVX2(SB), NOSPLIT, $0-48
	MOVQ         p+0(FP), AX
	MOVQ         n+8(FP), BX
	MOVQ         far+16(FP), CX
	MOVQ         r+24(FP), R11
	MOVQ         0(R11), R8             // one, two and four of the block before
	MOVQ         8(R11), R9
	MOVQ         16(R11), R10
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
	MASKS(0, R12, DX)
	MASKS(32, SI, DI)
	SHLQ         $32, SI
	ORQ          SI, R12                // join
	SHLQ         $32, DI
	ORQ          DI, DX                 // mark
	MOVQ         R12, SI
	SHLQ         $1, R8, SI
	ANDQ         R12, SI                // two
	MOVQ         R12, R8
	MOVQ         SI, DI
	SHLQ         $2, R9, DI
	ANDQ         SI, DI                 // four
	MOVQ         SI, R9
	MOVQ         DI, R12
	SHLQ         CX, R10, R12
	ANDQ         DI, R12
	MOVQ         DI, R10
	ORQ          DX, R12                // the anchors
	JNZ          done
	ADDQ         $64, AX
	DECQ         BX
	JNZ          next
	SUBQ         $64, AX

done:
	VZEROUPPER
	MOVQ         R8, 0(R11)
	MOVQ         R9, 8(R11)
	MOVQ         R10, 16(R11)
	SUBQ         p+0(FP), AX
	SHRQ         $6, AX
	MOVQ         AX, k+32(FP)
	MOVQ         R12, anchors+40(FP)
	RET
