/* The buckets of texts' grams in models of earlier versions: what ngrams.py
 * says, to the last bit.
 *
 * A text comes as its words, apart by single spaces, in UTF-8. Its grams are words, pairs of them,
 * and four characters with "#" before; the bucket of a gram is its CRC-32 modulo their number.
 */
#include "counting.h"
#include "crc.h"

#define MOST_BUCKETS 65536

/* A bit for each bucket. */
typedef struct {
    uint64_t bits[MOST_BUCKETS / 64];
    uint32_t n_buckets;
} Set;

static inline void add(Set *set, uint32_t crc)
{
    const uint32_t bucket = (crc ^ CRC_START) % set->n_buckets;
    set->bits[bucket / 64] |= (uint64_t)1 << (bucket % 64);
}

static void add_words(Set *set, const unsigned char *text, Py_ssize_t n)
{
    uint32_t before = 0; /* of the word before, and a space */
    int first = 1;
    for (Py_ssize_t i = 0; i < n;) {
        uint32_t word = CRC_START, pair = before;
        for (; i < n && text[i] != ' '; i++) {
            word = crc_after(word, text[i]);
            pair = crc_after(pair, text[i]);
        }
        add(set, word);
        if (!first)
            add(set, pair);
        before = crc_after(word, ' ');
        first = 0;
        i++;
    }
}

static void add_characters(Set *set, const unsigned char *text, Py_ssize_t n)
{
    const uint32_t marked = crc_after(CRC_START, '#');
    Py_ssize_t starts[4] = {0, 0, 0, 0}; /* of the last four characters */
    Py_ssize_t characters = 0;
    for (Py_ssize_t i = 0; i <= n; i++) {
        if (i < n && (text[i] & 0xC0) == 0x80)
            continue; /* within a character */
        if (characters >= 4) {
            const Py_ssize_t start = starts[characters % 4];
            add(set, crc_after_all(marked, text + start, (size_t)(i - start)));
        }
        starts[characters % 4] = i;
        characters++;
    }
}

/* Buckets of many texts, one after another. */
typedef struct {
    uint16_t *held;
    size_t n, room;
} Found;

/* Takes the buckets of a set, in order, and empties it; returns how many, -1 for want of memory. */
static int64_t take_set(Found *found, Set *set)
{
    const size_t words = (set->n_buckets + 63) / 64;
    size_t n = 0;
    for (size_t w = 0; w < words; w++)
        for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1)
            n++;
    if (found->n + n > found->room) {
        const size_t room = 2 * (found->n + n);
        uint16_t *held = realloc(found->held, room * sizeof(uint16_t));
        if (!held)
            return -1;
        found->held = held;
        found->room = room;
    }
    uint16_t *out = found->held + found->n;
    for (size_t w = 0; w < words; w++) {
        for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1) {
            const uint64_t lowest = bits & -bits;
            unsigned place = 0;
            for (unsigned step = 32; step; step /= 2)
                if (lowest >> step >> place)
                    place += step;
            *out++ = (uint16_t)(64 * w + place);
        }
        set->bits[w] = 0;
    }
    found->n += n;
    return (int64_t)n;
}

/* Writes how many buckets each text has; -1 for want of memory. */
static int find_all(const Text *texts, Py_ssize_t n, Set *set, Found *found, int64_t *counts)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        add_words(set, texts[i].text, (Py_ssize_t)texts[i].n);
        add_characters(set, texts[i].text, (Py_ssize_t)texts[i].n);
        if ((counts[i] = take_set(found, set)) < 0)
            return -1;
    }
    return 0;
}

CALL(gram_buckets)
{
    (void)self;
    static const Want want = {"counts", I64, 1, 1, 0};
    if (n_args != 3 || !PyTuple_Check(args[0]))
        return fail("expected a tuple of texts, a number of buckets, and counts");
    const long n_buckets = PyLong_AsLong(args[1]);
    if (n_buckets < 1 || n_buckets > MOST_BUCKETS)
        return PyErr_Occurred() ? NULL : fail("expected from 1 to 65536 buckets");
    Py_buffer counts = {0};
    if (take(args[2], &want, &counts) < 0)
        return NULL;
    const Py_ssize_t n = PyTuple_Size(args[0]);
    size_t longest;
    Set *set = calloc(1, sizeof(Set));
    Text *texts = counts.shape[0] == n ? texts_of(args[0], n, &longest) : NULL;
    Found found = {NULL, 0, 0};
    PyObject *out = NULL;
    if (counts.shape[0] != n) {
        fail("expected a count for each text");
    } else if (texts && set) {
        int status;
        set->n_buckets = (uint32_t)n_buckets;
        Py_BEGIN_ALLOW_THREADS
        status = find_all(texts, n, set, &found, counts.buf);
        Py_END_ALLOW_THREADS
        const char *held = found.held ? (const char *)found.held : "";
        out = status ? PyErr_NoMemory()
                     : PyBytes_FromStringAndSize(held, (Py_ssize_t)(found.n * sizeof(uint16_t)));
    } else if (texts) {
        PyErr_NoMemory();
    }
    free(found.held);
    free(texts);
    free(set);
    PyBuffer_Release(&counts);
    return out;
}
