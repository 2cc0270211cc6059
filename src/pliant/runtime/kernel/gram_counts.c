/* Texts as the counts of their grams. */
#include "counting.h"

/* Slots and counts of many texts, one after another. */
typedef struct {
    uint32_t *slots;
    uint8_t *counts;
    size_t n, room;
} Found;

#define DIGIT 11 /* bits of a slot that one pass sorts by; two passes sort them all */

/* Puts cells in order, from `from` to `to` by one digit of their slots. */
static void sort_by(const uint32_t *from, uint32_t *to, size_t n, int shift)
{
    uint32_t start[(1 << DIGIT) + 1] = {0};
    for (size_t i = 0; i < n; i++)
        start[(from[i] >> shift & ((1 << DIGIT) - 1)) + 1]++;
    for (size_t d = 0; d < 1 << DIGIT; d++)
        start[d + 1] += start[d];
    for (size_t i = 0; i < n; i++)
        to[start[from[i] >> shift & ((1 << DIGIT) - 1)]++] = from[i];
}

/* Takes what is counted, in the order of the slots, and empties the counter; -1: no memory. */
static int take_counts(Found *found, Counter *counter)
{
    if (found->n + counter->n > found->room) {
        const size_t room = 2 * (found->n + counter->n);
        uint32_t *slots = realloc(found->slots, room * sizeof(uint32_t));
        if (slots)
            found->slots = slots;
        uint8_t *counts = realloc(found->counts, room);
        if (counts)
            found->counts = counts;
        if (!slots || !counts)
            return -1;
        found->room = room;
    }
    uint32_t *slots = found->slots + found->n;
    for (size_t i = 0; i < counter->n; i++) {
        uint32_t *cell = counter->cells + counter->touched[i];
        counter->touched[i] = *cell;
        *cell = 0;
    }
    sort_by(counter->touched, slots, counter->n, COUNT_BITS);
    sort_by(slots, counter->touched, counter->n, COUNT_BITS + DIGIT);
    for (size_t i = 0; i < counter->n; i++) {
        found->slots[found->n] = counter->touched[i] >> COUNT_BITS;
        found->counts[found->n++] = (uint8_t)(counter->touched[i] & MAX_COUNT);
    }
    counter->n = 0;
    return 0;
}

static int count_all(const Recipe *recipe, const Text *texts, Py_ssize_t n, Counter *counter,
                     Found *found, int64_t *lengths)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        count_grams(recipe, texts[i], counter);
        lengths[i] = (int64_t)counter->n;
        if (take_counts(found, counter) < 0)
            return -1;
    }
    return 0;
}

CALL(gram_counts)
{
    (void)self;
    static const Want want = {"lengths", I64, 1, 1, 0};
    Recipe recipe;
    Py_buffer lengths = {0};
    if (n_args != 3 || !PyTuple_Check(args[0]))
        return fail("expected a tuple of texts, a recipe, and lengths");
    if (read_recipe(args[1], &recipe) < 0 || take(args[2], &want, &lengths) < 0)
        return NULL;
    const Py_ssize_t n = PyTuple_Size(args[0]);
    Counter counter = {0};
    size_t longest;
    Found found = {0};
    PyObject *out = NULL;
    Text *texts = NULL;
    if (lengths.shape[0] != n) {
        fail("expected a length for each text");
    } else if ((texts = texts_of(args[0], n, &longest)) &&
               make_counter(&recipe, longest, &counter) == 0) {
        int status;
        Py_BEGIN_ALLOW_THREADS
        status = count_all(&recipe, texts, n, &counter, &found, lengths.buf);
        Py_END_ALLOW_THREADS
        free_counter(&counter);
        out = status ? PyErr_NoMemory()
                     : Py_BuildValue("y#y#", found.n ? (char *)found.slots : "",
                                     (Py_ssize_t)(found.n * sizeof(uint32_t)),
                                     found.n ? (char *)found.counts : "", (Py_ssize_t)found.n);
    }
    free(found.slots);
    free(found.counts);
    free(texts);
    PyBuffer_Release(&lengths);
    return out;
}
