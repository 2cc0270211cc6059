/* Whole-number leaves with AVX2: a shuffle picks one of 16 bytes for each of 32 rows, and the bits
 * of a leaf's number above the fourth choose among the tables. */
#include "whole.h"

#if HAVE_AVX2

#include <immintrin.h>
#include <string.h>

#define VECTORS 2 /* of 32 rows that go through a tree together, to share what is loaded of it */

/* Sums of the bytes of 32 rows, see `Sums`. */
typedef struct {
    __m256i both, odd;
} Plane;

AVX2 static inline __m256i load(const void *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

AVX2 static inline void store(void *to, __m256i value)
{
    _mm256_storeu_si256((__m256i *)to, value);
}

AVX2 static inline __m256i table(const uint8_t *bytes, __m256i index)
{
    const __m128i once = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(once), index);
}

AVX2 static inline void add(Plane *sum, __m256i picked)
{
    sum->both = _mm256_add_epi16(sum->both, picked);
    sum->odd = _mm256_add_epi16(sum->odd, _mm256_srli_epi16(picked, 8));
}

/* ---- leaves by number ------------------------------------------------------------------- */

/* Picks of twice as many tables: the highest bit of a byte of `bits` chooses. */
#define PICK0(at) table(at, index)
#define PICK1(at) _mm256_blendv_epi8(PICK0(at), PICK0((at) + 16), bits[0])
#define PICK2(at) _mm256_blendv_epi8(PICK1(at), PICK1((at) + 32), bits[1])
#define PICK3(at) _mm256_blendv_epi8(PICK2(at), PICK2((at) + 64), bits[2])
#define PICK4(at) _mm256_blendv_epi8(PICK3(at), PICK3((at) + 128), bits[3])

AVX2 static inline void add_bytes(const uint8_t *bytes, const __m256i *numbers, size_t n_tables,
                                  uint16_t *both, uint16_t *odd)
{
    for (size_t v = 0; v < BLOCK / 32; v++) {
        const __m256i number = numbers[v];
        const __m256i index = _mm256_and_si256(number, _mm256_set1_epi8(15));
        const __m256i bits[4] = {_mm256_slli_epi16(number, 3), _mm256_slli_epi16(number, 2),
                                 _mm256_slli_epi16(number, 1), number};
        const __m256i picked = n_tables == 1   ? PICK0(bytes)
                               : n_tables == 2 ? PICK1(bytes)
                               : n_tables == 4 ? PICK2(bytes)
                               : n_tables == 8 ? PICK3(bytes)
                                               : PICK4(bytes);
        Plane sum = {load(both + 16 * v), load(odd + 16 * v)};
        add(&sum, picked);
        store(both + 16 * v, sum.both);
        store(odd + 16 * v, sum.odd);
    }
}

AVX2 void add_whole_avx2(const uint8_t *numbers, const uint8_t *low, const uint8_t *high,
                         size_t n_tables, Sums *sums)
{
    __m256i leaf[BLOCK / 32];
    for (size_t v = 0; v < BLOCK / 32; v++)
        leaf[v] = load(numbers + 32 * v);
    add_bytes(low, leaf, n_tables, sums->both[0], sums->odd[0]);
    if (high)
        add_bytes(high, leaf, n_tables, sums->both[1], sums->odd[1]);
}

/* ---- oblivious trees -------------------------------------------------------------------- */

typedef struct {
    __m256i fifth, sixth, index; /* index: the answers to the first four questions */
} Answers;

/* Asks a tree's questions of all vectors. */
AVX2 static inline void ask(const Flat *tree, const uint8_t *codes, Answers *answers)
{
    for (int j = 0; j < DEEPEST; j++) {
        const __m256i threshold = _mm256_set1_epi32((int)tree->threshold[j]);
        const __m256i bit = _mm256_set1_epi8((char)(1 << j));
        for (int v = 0; v < VECTORS; v++) {
            const __m256i answer =
                _mm256_cmpgt_epi8(load(codes + tree->column[j] + 32 * v), threshold);
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

/* Picks a byte of 64 for each row, and adds it. */
AVX2 static inline void pick(const uint8_t *bytes, const Answers *answers, Plane *sums)
{
    for (int v = 0; v < VECTORS; v++) {
        const __m256i index = answers[v].index, bits[2] = {answers[v].fifth, answers[v].sixth};
        add(&sums[v], PICK2(bytes));
    }
}

AVX2 static inline void sum_vectors(const Flat *tree, size_t n, int wide, const uint8_t *codes,
                                    Plane (*sums)[VECTORS])
{
    memset(sums, 0, 2 * sizeof *sums);
    for (size_t t = 0; t < n; t++, tree++) {
        Answers answers[VECTORS];
        ask(tree, codes, answers);
        pick(tree->low, answers, sums[0]);
        if (wide)
            pick(tree->high, answers, sums[1]);
    }
}

AVX2 void add_flat_avx2(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *to)
{
    for (size_t r = 0; r < BLOCK; r += 32 * VECTORS) {
        Plane sums[2][VECTORS];
        if (wide)
            sum_vectors(trees, n, 1, codes + r, sums);
        else
            sum_vectors(trees, n, 0, codes + r, sums);
        for (int p = 0; p < 1 + wide; p++)
            for (size_t v = 0; v < VECTORS; v++) {
                store(to->both[p] + r / 2 + 16 * v, sums[p][v].both);
                store(to->odd[p] + r / 2 + 16 * v, sums[p][v].odd);
            }
    }
}

#endif
