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
DATA nibble<>+0(SB)/8, $0x3d0f
GLOBL nibble<>(SB), RODATA|NOPTR, $8
DATA factor<>+0(SB)/8, $0x9e3779b97f4a7c15 // of hashEnd
GLOBL factor<>(SB), RODATA|NOPTR, $8

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

// func searchAVX2(p *byte, n, far int, e *endings, r *joined) (k int, anchors uint64)
TEXT ·searchAVX2(SB), NOSPLIT, $0-56
	MOVQ         p+0(FP), AX
	MOVQ         n+8(FP), BX
	MOVQ         far+16(FP), CX
	MOVQ         e+24(FP), R15
	MOVQ         r+32(FP), R11
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
	JNZ          found

none:
	ADDQ         $64, AX
	DECQ         BX
	JNZ          next
	SUBQ         $64, AX
	XORL         SI, SI
	JMP          done

found:
	VPBROADCASTB nibble<>+1(SB), Y4
	VPCMPEQB     0(AX), Y4, Y5
	VPCMPEQB     32(AX), Y4, Y6
	VPMOVMSKB    Y5, SI
	VPMOVMSKB    Y6, DI
	SHLQ         $32, DI
	ORQ          DI, SI                 // equals
	JZ           done
	TESTQ        R15, R15
	JZ           done

equal:                                  // is it behind no name? As endings.has does: 48 is what endBits leaves of 64
	BSFQ         SI, DI
	MOVL         -4(AX)(DI*1), R11      // the four bytes ahead
	ORL          $0x20202020, R11
	IMULQ        factor<>(SB), R11
	SHRQ         $48, R11               // their hash
	MOVQ         R11, R13
	SHRQ         $6, R13
	MOVQ         (R15)(R13*8), R13
	LEAQ         8192(R15), DX          // pairs are behind words
	BTQ          R11, R13
	JCC          pair
	ADDQ         $1024, DX              // and lasts behind pairs

pair:
	MOVBLZX      -1(AX)(DI*1), R11
	MOVL         (DX)(R11*4), R11
	MOVBLZX      -2(AX)(DI*1), DX
	BTL          DX, R11
	JCS          named
	BTRQ         DI, R12

named:
	LEAQ         -1(SI), DI
	ANDQ         DI, SI
	JNZ          equal
	TESTQ        R12, R12
	JZ           none

done:
	VZEROUPPER
	MOVQ         r+32(FP), R11
	MOVQ         R8, 0(R11)
	MOVQ         R9, 8(R11)
	MOVQ         R10, 16(R11)
	MOVQ         SI, 24(R11)
	SUBQ         p+0(FP), AX
	SHRQ         $6, AX
	MOVQ         AX, k+40(FP)
	MOVQ         R12, anchors+48(FP)
	RET

// What bytes are compared with: as signed bytes a digit and 70 is more than 117, a letter from a to f and 25 more than 121, and one from g
// to z and 5 more than 107.
DATA signs<>+0(SB)/8, $0x20403a792b2e7546
DATA signs<>+8(SB)/8, $0x6b0519
GLOBL signs<>(SB), RODATA|NOPTR, $16

// BITS stores the high bits of the bytes of X and Y at off(BX).
#define BITS(X, Y, off) \
	VPMOVMSKB X, R8       \
	VPMOVMSKB Y, R9       \
	SHLQ      $32, R9     \
	ORQ       R9, R8      \
	MOVQ      R8, off(BX)

// EQUAL stores where Y0 and Y1 have the byte that stands at from in signs at off(BX).
#define EQUAL(from, off) \
	VPBROADCASTB signs<>+from(SB), Y2 \
	VPCMPEQB     Y2, Y0, Y3           \
	VPCMPEQB     Y2, Y1, Y4           \
	BITS(Y3, Y4, off)

// ABOVE stores where Y0 and Y1 with what stands at add in signs are more than what stands at from at off(BX).
#define ABOVE(add, from, off) \
	VPBROADCASTB signs<>+add(SB), Y2  \
	VPADDB       Y2, Y0, Y3           \
	VPADDB       Y2, Y1, Y4           \
	VPBROADCASTB signs<>+from(SB), Y2 \
	VPCMPGTB     Y2, Y3, Y3           \
	VPCMPGTB     Y2, Y4, Y4           \
	BITS(Y3, Y4, off)

// func blockSignsAVX2(p *[block]byte, s *blockSigns)
TEXT ·blockSignsAVX2(SB), NOSPLIT, $0-16
	MOVQ    p+0(FP), AX
	MOVQ    s+8(FP), BX
	VMOVDQU 0(AX), Y0
	VMOVDQU 32(AX), Y1
	ABOVE(0, 1, 0)                        // digits
	EQUAL(2, 8)                           // dots
	EQUAL(3, 16)                          // pluses
	EQUAL(5, 32)                          // colons
	EQUAL(6, 40)                          // @
	VPBROADCASTB signs<>+7(SB), Y2
	VPOR    Y2, Y0, Y0
	VPOR    Y2, Y1, Y1
	ABOVE(8, 4, 24)                       // letters
	ABOVE(9, 10, 48)                      // others
	VZEROUPPER
	RET
