/* Tiles of convolutions with AVX-512. */
#include "convolution.h"

#if HAVE_AVX2

#include <immintrin.h>

#define TARGET AVX512
#define VECTOR __m512
#define LANES_OF 16
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SPLAT _mm512_set1_ps
#define ADD_PRODUCT _mm512_fmadd_ps
#define N_PIXELS 12
#define NAME tile_avx512
#include "convolution_of.h"

const Tiles TILES_AVX512 = {tile_avx512, N_PIXELS};

#endif
