/* Tiles of convolutions with AVX2, which every processor with it has beside FMA. */
#include "convolution.h"

#if HAVE_AVX2

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR __m256
#define LANES_OF 8
#define LOAD _mm256_loadu_ps
#define STORE _mm256_storeu_ps
#define SPLAT _mm256_set1_ps
#define ADD_PRODUCT _mm256_fmadd_ps
#define N_PIXELS 6
#define NAME tile_avx2
#include "convolution_of.h"

const Tiles TILES_AVX2 = {tile_avx2, N_PIXELS};

#endif
