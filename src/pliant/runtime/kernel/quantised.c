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
#define MOST_TREES 65535 /* whose sums fit into 32 bits */
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
    if (depth > LEVELS || n_trees > MOST_TREES || !HAVE_AVX2)
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

#define VECTORS 2 /* of 32 rows that go through a tree together, to share what is loaded of it */

typedef struct {
    __m256i fifth, sixth, index; /* index: the answers to the first four questions */
} Answers;

AVX2 static inline __m256i table_of(const uint8_t *bytes)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

AVX2 static inline __m256i above(const uint8_t *codes, __m256i threshold)
{
    return _mm256_cmpgt_epi8(_mm256_loadu_si256((const __m256i *)(const void *)codes), threshold);
}

/* Asks a tree's questions of all vectors. */
AVX2 static inline void ask(const Tree *tree, const uint8_t *codes, Answers *answers)
{
    for (int j = 0; j < LEVELS; j++) {
        const __m256i threshold = _mm256_set1_epi32((int)tree->threshold[j]);
        const __m256i bit = _mm256_set1_epi8((char)(1 << j));
        for (int v = 0; v < VECTORS; v++) {
            const __m256i answer = above(codes + tree->column[j] + 32 * v, threshold);
            Answers *to = &answers[v];
            if (j == 0)
                to->index = _mm256_and_si256(answer, bit);
            else if (j < 4)
                to->index = _mm256_or_si256(to->index, _mm256_and_si256(answer, bit));
            else if (j == 4)
                to->fifth = answer;
            else
                to->sixth = answer;
        }
    }
}

/* Picks a byte of 64 for each row, and adds it to the 16-bit sums of all vectors. */
AVX2 static inline void pick(const uint8_t *bytes, const Answers *answers, __m256i (*sums)[2])
{
    const __m256i a = table_of(bytes), b = table_of(bytes + 16);
    const __m256i c = table_of(bytes + 32), d = table_of(bytes + 48);
    const __m256i zero = _mm256_setzero_si256();
    for (int v = 0; v < VECTORS; v++) {
        const Answers *x = &answers[v];
        const __m256i low = _mm256_blendv_epi8(_mm256_shuffle_epi8(a, x->index),
                                               _mm256_shuffle_epi8(b, x->index), x->fifth);
        const __m256i high = _mm256_blendv_epi8(_mm256_shuffle_epi8(c, x->index),
                                                _mm256_shuffle_epi8(d, x->index), x->fifth);
        const __m256i picked = _mm256_blendv_epi8(low, high, x->sixth);
        sums[v][0] = _mm256_add_epi16(sums[v][0], _mm256_unpacklo_epi8(picked, zero));
        sums[v][1] = _mm256_add_epi16(sums[v][1], _mm256_unpackhi_epi8(picked, zero));
    }
}

/* The 16-bit sums of 32 rows over a few trees. */
typedef struct {
    __m256i low[2], high[2];
} Sums;

/* Sums at most FLUSH trees over all vectors. */
AVX2 static inline void sum_trees(const Tree *tree, size_t n, const uint8_t *codes, Sums *sums)
{
    __m256i low[VECTORS][2], high[VECTORS][2];
    memset(low, 0, sizeof low);
    memset(high, 0, sizeof high);
    for (size_t t = 0; t < n; t++, tree++) {
        Answers answers[VECTORS];
        ask(tree, codes, answers);
        pick(tree->low, answers, low);
        pick(tree->high, answers, high);
    }
    for (int v = 0; v < VECTORS; v++)
        sums[v] = (Sums){{low[v][0], low[v][1]}, {high[v][0], high[v][1]}};
}

/* Adds the 16-bit sums of 32 rows to the whole ones. */
AVX2 static inline void join(const Sums *sums, size_t n, int32_t *total)
{
    uint16_t low[32], high[32];
    memcpy(low, sums->low, sizeof low);
    memcpy(high, sums->high, sizeof high);
    for (size_t i = 0; i < 32; i++) /* in the order of the sums, see `row_of` */
        total[i] += low[i] + 256 * (high[i] - 128 * (int32_t)n);
}

/* The row whose sum is the i-th: unpacking works on halves of 16 bytes. */
static inline size_t row_of(size_t i)
{
    return i % 16 / 8 * 16 + i / 16 * 8 + i % 8;
}

AVX2 static void sum_block(const Quantised *m, const uint8_t *codes, double *out)
{
    for (size_t r = 0; r < BLOCK; r += 32 * VECTORS) {
        int32_t total[VECTORS][32] = {{0}};
        for (size_t t = 0; t < m->n_trees; t += FLUSH) {
            const size_t n = m->n_trees - t < FLUSH ? m->n_trees - t : FLUSH;
            Sums sums[VECTORS];
            sum_trees(m->trees + t, n, codes + r, sums);
            for (size_t v = 0; v < VECTORS; v++)
                join(&sums[v], n, total[v]);
        }
        for (size_t v = 0; v < VECTORS; v++)
            for (size_t i = 0; i < 32; i++)
                out[r + 32 * v + row_of(i)] = (double)total[v][i] * m->scale;
    }
}

/* Copies the columns in use, as if bytes were signed: so they are compared. */
AVX2 static void sign(const Quantised *m, const uint8_t *codes, uint8_t *scratch)
{
    const __m256i highest = _mm256_set1_epi8((char)128);
    for (size_t u = 0, n = m->n_used; u < n; u++) {
        const uint8_t *from = codes + (size_t)m->used[u] * BLOCK;
        uint8_t *to = scratch + u * BLOCK;
        for (size_t r = 0; r < BLOCK; r += 32) {
            const __m256i code = _mm256_loadu_si256((const void *)(from + r));
            _mm256_storeu_si256((void *)(to + r), _mm256_xor_si256(code, highest));
        }
    }
}

void run_quantised(const Quantised *m, const uint8_t *codes, uint8_t *scratch, double *out)
{
    sign(m, codes, scratch);
    sum_block(m, scratch, out);
}

#else

void run_quantised(const Quantised *m, const uint8_t *codes, uint8_t *scratch, double *out)
{
    (void)m, (void)codes, (void)scratch, (void)out; /* nothing is packed where nothing can run */
}

#endif
