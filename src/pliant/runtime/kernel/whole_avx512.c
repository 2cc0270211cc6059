/* Whole-number leaves with AVX-512: a permutation picks one of 64 bytes for each of 64 rows. */
#include "whole.h"

#if HAVE_AVX2

#include <immintrin.h>
#include <string.h>

#define VECTORS (BLOCK / 64) /* of 64 rows: a whole block goes through a tree together */

/* Sums of the bytes of 64 rows, see `Sums`. */
typedef struct {
    __m512i both, odd;
} Plane;

AVX512 static inline void add(Plane *sum, __m512i picked)
{
    sum->both = _mm512_add_epi16(sum->both, picked);
    sum->odd = _mm512_add_epi16(sum->odd, _mm512_srli_epi16(picked, 8));
}

/* ---- leaves by number ------------------------------------------------------------------- */

/* Picks one of 64, 128 or 256 bytes. */
AVX512 static inline __m512i pick(const uint8_t *bytes, __m512i number, size_t n_tables)
{
    const __m512i a = _mm512_loadu_si512(bytes);
    if (n_tables <= 4)
        return _mm512_permutexvar_epi8(number, a);
    const __m512i ab = _mm512_permutex2var_epi8(a, number, _mm512_loadu_si512(bytes + 64));
    if (n_tables <= 8)
        return ab;
    const __m512i c = _mm512_loadu_si512(bytes + 128), d = _mm512_loadu_si512(bytes + 192);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(number), ab,
                                  _mm512_permutex2var_epi8(c, number, d));
}

AVX512 static inline void add_bytes(const uint8_t *bytes, const __m512i *numbers, size_t n_tables,
                                    uint16_t *both, uint16_t *odd)
{
    for (size_t v = 0; v < VECTORS; v++) {
        Plane sum = {_mm512_loadu_si512(both + 32 * v), _mm512_loadu_si512(odd + 32 * v)};
        add(&sum, pick(bytes, numbers[v], n_tables));
        _mm512_storeu_si512(both + 32 * v, sum.both);
        _mm512_storeu_si512(odd + 32 * v, sum.odd);
    }
}

AVX512 void add_whole_avx512(const uint8_t *numbers, const uint8_t *low, const uint8_t *high,
                             size_t n_tables, Sums *sums)
{
    __m512i leaf[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        leaf[v] = _mm512_loadu_si512(numbers + 64 * v);
    add_bytes(low, leaf, n_tables, sums->both[0], sums->odd[0]);
    if (high)
        add_bytes(high, leaf, n_tables, sums->both[1], sums->odd[1]);
}

/* ---- oblivious trees -------------------------------------------------------------------- */

/* The numbers of the leaves of all rows of a block. */
AVX512 static inline void ask(const Flat *tree, const uint8_t *codes, __m512i *numbers)
{
    for (int j = 0; j < DEEPEST; j++) {
        const __m512i threshold = _mm512_set1_epi32((int)tree->threshold[j]);
        const __m512i bit = _mm512_set1_epi8((char)(1 << j));
        for (int v = 0; v < VECTORS; v++) {
            const __m512i code = _mm512_loadu_si512(codes + tree->column[j] + 64 * v);
            const __mmask64 above = _mm512_cmpgt_epi8_mask(code, threshold);
            numbers[v] = j == 0 ? _mm512_maskz_mov_epi8(above, bit)
                                : _mm512_mask_add_epi8(numbers[v], above, numbers[v], bit);
        }
    }
}

AVX512 static inline void sum_block(const Flat *tree, size_t n, int wide, const uint8_t *codes,
                                    Plane (*sums)[VECTORS])
{
    memset(sums, 0, 2 * sizeof *sums);
    for (size_t t = 0; t < n; t++, tree++) {
        __m512i numbers[VECTORS];
        ask(tree, codes, numbers);
        for (int v = 0; v < VECTORS; v++)
            add(&sums[0][v], pick(tree->low, numbers[v], 4));
        for (int v = 0; wide && v < VECTORS; v++)
            add(&sums[1][v], pick(tree->high, numbers[v], 4));
    }
}

AVX512 void add_flat_avx512(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *to)
{
    Plane sums[2][VECTORS];
    if (wide)
        sum_block(trees, n, 1, codes, sums);
    else
        sum_block(trees, n, 0, codes, sums);
    for (int p = 0; p < 1 + wide; p++)
        for (size_t v = 0; v < VECTORS; v++) {
            _mm512_storeu_si512(to->both[p] + 32 * v, sums[p][v].both);
            _mm512_storeu_si512(to->odd[p] + 32 * v, sums[p][v].odd);
        }
}

#endif
