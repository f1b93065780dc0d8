#include "textflag.h"

// The classes of bytes by their low and by their high four bits. A byte is of the class that both tables name: bit 7: a blank
// and from ( to /; 6: digits; these two may be of a number; 5: % and &; 4: colon; 3: @; 2: backslash; 1: the first byte of a
// character beyond ASCII; 0: equals sign.
DATA low<>+0(SB)/8, $0x42626242424242ca
DATA low<>+8(SB)/8, $0x828283868292c2c2
GLOBL low<>(SB), RODATA|NOPTR, $16
DATA high<>+0(SB)/8, $0x0000040851a00000
DATA high<>+8(SB)/8, $0x0202020200000000
GLOBL high<>(SB), RODATA|NOPTR, $16
DATA nibble<>+0(SB)/8, $0x0f
GLOBL nibble<>(SB), RODATA|NOPTR, $8

// MASKS sets X to the bytes that may be of a number and Y to the bytes of no class, as bits, of the 32 bytes at off(AX).
#define MASKS(off, X, Y) \
	VMOVDQU   off(AX), Y4  \
	VPAND     Y2, Y4, Y5   \
	VPSRLW    $4, Y4, Y4   \
	VPAND     Y2, Y4, Y4   \
	VPSHUFB   Y5, Y0, Y5   \
	VPSHUFB   Y4, Y1, Y4   \
	VPAND     Y4, Y5, Y4   \
	VPCMPEQB  Y3, Y4, Y5   \
	VPMOVMSKB Y5, Y        \
	VPADDB    Y4, Y4, Y5   \
	VPOR      Y4, Y5, Y4   \
	VPMOVMSKB Y4, X

// func searchAVX2(p *byte, n, far int, r *joined) (k int, anchors uint64)
TEXT ·searchAVX2(SB), NOSPLIT, $0-48
	MOVQ         p+0(FP), AX
	MOVQ         n+8(FP), BX
	MOVQ         far+16(FP), CX
	MOVQ         r+24(FP), R11
	MOVQ         0(R11), R8             // one, two and four of the block before
	MOVQ         8(R11), R9
	MOVQ         16(R11), R10
	VBROADCASTI128 low<>(SB), Y0
	VBROADCASTI128 high<>(SB), Y1
	VPBROADCASTB nibble<>(SB), Y2
	VPXOR        Y3, Y3, Y3

next:
	MASKS(0, R12, DX)
	MASKS(32, SI, DI)
	SHLQ         $32, SI
	ORQ          SI, R12                // join
	SHLQ         $32, DI
	ORQ          DI, DX
	ORQ          R12, DX
	NOTQ         DX                     // mark
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
