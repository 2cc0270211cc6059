/* Oblivious trees of up to six levels with int16 leaves: summed by byte shuffles.
 *
 * The number of a leaf has six bits. The first four pick one of 16 bytes in each of four tables, by
 * a shuffle; the answers to the fifth and sixth question choose among the four. That is done for
 * the low and the high bytes of the leaves, which are summed apart, in 16 bits each, and joined
 * after at most 256 trees. Sums of whole numbers are exact, whatever their order.
 */
#include "quantised.h"
#include "levels.h"
#include <stdlib.h>
#include <string.h>

#define LEVELS 6
#define BLOCK 128
#define FLUSH 256 /* trees after which sums of bytes might not fit into 16 bits */

typedef struct {
    uint32_t column[LEVELS]; /* where the codes begin in the scratch space */
    uint32_t threshold[LEVELS]; /* four copies of a signed byte */
    uint8_t low[64], high[64]; /* bytes of the leaves; the high ones plus 128 */
} Tree;

struct Quantised {
    Tree *trees;
    uint32_t *used; /* slots of the plane of codes */
    size_t n_trees, n_used;
    double scale;
};

void free_quantised(Quantised *m)
{
    if (!m)
        return;
    free(m->trees);
    free(m->used);
    free(m);
}

/* Where a slot stands among those used, which it joins. */
static uint32_t place_of(Quantised *m, uint32_t slot)
{
    for (size_t i = m->n_used; i-- > 0;)
        if (m->used[i] == slot)
            return (uint32_t)i;
    m->used[m->n_used] = slot;
    return (uint32_t)m->n_used++;
}

Quantised *pack_quantised(const uint32_t *column, const uint8_t *threshold, const int16_t *leaves,
                          size_t n_trees, size_t depth, double scale)
{
    if (depth > LEVELS || !HAVE_AVX2)
        return NULL;
    Quantised *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->trees = calloc(n_trees + 1, sizeof *m->trees);
    m->used = calloc(n_trees * LEVELS + 1, sizeof *m->used);
    if (!m->trees || !m->used) {
        free_quantised(m);
        return NULL;
    }
    m->n_trees = n_trees, m->scale = scale;
    for (size_t t = 0; t < n_trees; t++) {
        Tree *tree = &m->trees[t];
        for (size_t j = 0; j < LEVELS; j++) {
            const uint8_t limit = (uint8_t)((j < depth ? threshold[t * depth + j] : 255) ^ 128);
            tree->column[j] = j < depth ? place_of(m, column[t * depth + j]) * BLOCK : 0;
            tree->threshold[j] = limit * 0x01010101u;
        }
        for (size_t leaf = 0; leaf < 64; leaf++) {
            const size_t own = leaf & (((size_t)1 << depth) - 1);
            const uint16_t bits = (uint16_t)leaves[(t << depth) + own];
            tree->low[leaf] = (uint8_t)bits;
            tree->high[leaf] = (uint8_t)((bits >> 8) ^ 128);
        }
    }
    return m;
}

size_t scratch_of_quantised(const Quantised *m)
{
    return (m->n_used + 1) * BLOCK;
}

int can_run_quantised(void)
{
    return HAVE_AVX2 && level == WITH_AVX2;
}

#if HAVE_AVX2

#include <immintrin.h>

/* Picks a byte for each of 32 rows from 64, by the low bits `index` and the answers to the fifth
 * and sixth question. */
#define PICK(table, index)                                                                        \
    _mm256_blendv_epi8(_mm256_blendv_epi8(_mm256_shuffle_epi8(table##0, index),                   \
                                          _mm256_shuffle_epi8(table##1, index), fifth),           \
                       _mm256_blendv_epi8(_mm256_shuffle_epi8(table##2, index),                   \
                                          _mm256_shuffle_epi8(table##3, index), fifth),           \
                       sixth)

AVX2 static inline __m256i table_of(const uint8_t *bytes)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

AVX2 static inline __m256i answer(const uint8_t *codes, const Tree *tree, int j)
{
    const void *at = codes + tree->column[j];
    return _mm256_cmpgt_epi8(_mm256_loadu_si256(at), _mm256_set1_epi32((int)tree->threshold[j]));
}

AVX2 static inline __m256i bit(const uint8_t *codes, const Tree *tree, int j)
{
    return _mm256_and_si256(answer(codes, tree, j), _mm256_set1_epi8((char)(1 << j)));
}

/* Sums at most FLUSH trees over 32 rows: 16-bit sums of low and high bytes, four vectors. */
AVX2 static inline void sum_trees(const Tree *tree, size_t n, const uint8_t *codes, __m256i *sums)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i a = zero, b = zero, c = zero, d = zero;
    for (size_t t = 0; t < n; t++, tree++) {
        const __m256i index = _mm256_or_si256(
            _mm256_or_si256(bit(codes, tree, 0), bit(codes, tree, 1)),
            _mm256_or_si256(bit(codes, tree, 2), bit(codes, tree, 3)));
        const __m256i fifth = answer(codes, tree, 4), sixth = answer(codes, tree, 5);
        const __m256i low0 = table_of(tree->low), low1 = table_of(tree->low + 16);
        const __m256i low2 = table_of(tree->low + 32), low3 = table_of(tree->low + 48);
        const __m256i low = PICK(low, index);
        const __m256i high0 = table_of(tree->high), high1 = table_of(tree->high + 16);
        const __m256i high2 = table_of(tree->high + 32), high3 = table_of(tree->high + 48);
        const __m256i high = PICK(high, index);
        a = _mm256_add_epi16(a, _mm256_unpacklo_epi8(low, zero));
        b = _mm256_add_epi16(b, _mm256_unpackhi_epi8(low, zero));
        c = _mm256_add_epi16(c, _mm256_unpacklo_epi8(high, zero));
        d = _mm256_add_epi16(d, _mm256_unpackhi_epi8(high, zero));
    }
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

/* Adds the 16-bit sums of 32 rows to the whole ones. */
AVX2 static void join(const __m256i *sums, size_t n, int64_t *total)
{
    uint16_t parts[4][16];
    memcpy(parts, sums, sizeof parts);
    for (size_t r = 0; r < 32; r++) { /* unpacking works on halves of 16 bytes */
        const size_t half = r / 16, high = r % 16 / 8, at = half * 8 + r % 8;
        const int64_t above = (int64_t)parts[2 + high][at] - 128 * (int64_t)n;
        total[r] += (int64_t)parts[high][at] + 256 * above;
    }
}

AVX2 static void sum_block(const Quantised *m, const uint8_t *codes, double *out)
{
    for (size_t r = 0; r < BLOCK; r += 32) {
        int64_t total[32] = {0};
        for (size_t t = 0; t < m->n_trees; t += FLUSH) {
            const size_t n = m->n_trees - t < FLUSH ? m->n_trees - t : FLUSH;
            __m256i sums[4];
            sum_trees(m->trees + t, n, codes + r, sums);
            join(sums, n, total);
        }
        for (size_t i = 0; i < 32; i++)
            out[r + i] = (double)total[i] * m->scale;
    }
}

void run_quantised(const Quantised *m, const uint8_t *codes, uint8_t *scratch, double *out)
{
    for (size_t u = 0; u < m->n_used; u++) /* bytes are compared as if they were signed */
        for (size_t r = 0; r < BLOCK; r++)
            scratch[u * BLOCK + r] = codes[(size_t)m->used[u] * BLOCK + r] ^ 128;
    sum_block(m, scratch, out);
}

#else

void run_quantised(const Quantised *m, const uint8_t *codes, uint8_t *scratch, double *out)
{
    (void)m, (void)codes, (void)scratch, (void)out; /* nothing is packed where nothing can run */
}

#endif
