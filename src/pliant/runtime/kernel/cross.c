/* Pairs of ids, looked up among the known ones: what ops/codes.py says, to the last bit.
 *
 * The keys of a pair of columns are hashed when they are packed. Where they fall on one another too
 * often (keys can be made to), they are found by halves.
 */
#include "levels.h"
#include "program.h"
#include <stdlib.h>

#define MOST_PROBES 64

/* The keys of one pair of columns. */
typedef struct {
    const int64_t *keys;
    size_t n;
    uint32_t *slots; /* a power of two of them: 1 + the place of a key, or 0; NULL: not hashed */
    unsigned shift;  /* of a product of 64 bits, to the number of a slot */
} Known;

typedef struct {
    Known *known;
    size_t n;
} Crosses;

static void free_crosses(void *model)
{
    Crosses *m = model;
    for (size_t j = 0; j < m->n; j++)
        free(m->known[j].slots);
    free(m->known);
    free(m);
}

static inline size_t slot_of(const Known *k, int64_t key)
{
    return (size_t)((uint64_t)key * 0x9E3779B97F4A7C15u >> k->shift);
}

/* The place of a key, or `n` where it is not known. */
static inline size_t hashed_place(const Known *k, int64_t key)
{
    const size_t last = ((size_t)1 << (64 - k->shift)) - 1;
    for (size_t slot = slot_of(k, key);; slot = (slot + 1) & last) {
        const uint32_t found = k->slots[slot];
        if (!found)
            return k->n;
        if (k->keys[found - 1] == key)
            return found - 1;
    }
}

/* The same by halves; it stays within the keys whatever they hold. */
static size_t halved_place(const Known *k, int64_t key)
{
    size_t low = 0;
    for (size_t n = k->n; n > 0;) {
        const size_t half = n / 2;
        if (k->keys[low + half] < key) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low < k->n && k->keys[low] == key ? low : k->n;
}

static void cross(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *first = s->own[0], *second = s->own[1];
    const int64_t *base = s->own[2];
    for (size_t j = 0; j < s->n; j++) {
        const Known *known = &((const Crosses *)s->model)->known[j];
        const int32_t *a = at->ids + s->in[first[j]] * stride;
        const int32_t *b = at->ids + s->in[second[j]] * stride;
        int32_t *out = at->ids + (s->out + j) * stride;
        for (size_t r = 0; r < rows; r++) {
            /* as NumPy multiplies: what overflows wraps */
            const int64_t key = (int64_t)((uint64_t)(int64_t)a[r] * (uint64_t)base[j] +
                                          (uint64_t)(int64_t)b[r]);
            const size_t place = known->slots ? hashed_place(known, key) : halved_place(known, key);
            out[r] = place < known->n ? (int32_t)(place + 2) : 1;
        }
    }
}

/* Writes the keys into the slots, of equal ones the first; -1 where one is too far from its own. */
static int fill_slots(Known *k)
{
    const size_t last = ((size_t)1 << (64 - k->shift)) - 1;
    for (size_t i = 0; i < k->n; i++) {
        size_t slot = slot_of(k, k->keys[i]), probes = 0;
        while (k->slots[slot] && k->keys[k->slots[slot] - 1] != k->keys[i]) {
            if (++probes == MOST_PROBES)
                return -1;
            slot = (slot + 1) & last;
        }
        if (!k->slots[slot])
            k->slots[slot] = (uint32_t)(i + 1);
    }
    return 0;
}

static int hash_keys(Known *k)
{
    k->shift = 63;
    while (((size_t)1 << (64 - k->shift)) < 2 * k->n)
        k->shift--;
    k->slots = calloc((size_t)1 << (64 - k->shift), sizeof *k->slots);
    if (!k->slots)
        return -1;
    if (fill_slots(k) < 0) {
        free(k->slots);
        k->slots = NULL;
    }
    return 0;
}

static int pack_keys(Step *s, size_t n)
{
    const int64_t *keys = s->own[3], *offsets = s->own[4];
    Crosses *m = calloc(1, sizeof *m);
    if (!m)
        return -1;
    s->model = m;
    s->drop = free_crosses;
    m->known = calloc(n + 1, sizeof *m->known);
    for (; m->known && m->n < n; m->n++) {
        const size_t at = (size_t)offsets[m->n], end = (size_t)offsets[m->n + 1];
        m->known[m->n] = (Known){.keys = keys + at, .n = end - at};
        if (hash_keys(&m->known[m->n]) < 0)
            return -1;
    }
    return m->known ? 0 : -1;
}

int pack_cross(Pack *p)
{
    static const Want wants[] = {{"first", U16, 1, 0, 0},
                                 {"second", U16, 1, 0, 0},
                                 {"base", I64, 1, 0, 0},
                                 {"keys", I64, 1, 0, 0},
                                 {"offsets", I64, 1, 0, 0}};
    Py_buffer v[5] = {{0}};
    int done = -1;
    if (read_inputs(p, IDS, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 5) == 0) {
        const Py_ssize_t n = v[0].shape[0];
        if (v[1].shape[0] != n || v[2].shape[0] != n)
            fail("expected first, second and base of one length");
        else if (below(v[0].buf, n, p->step->n_in) == 0 &&
                 below(v[1].buf, n, p->step->n_in) == 0 &&
                 cuts_of(&v[4], n, v[3].shape[0], 1, INT32_MAX - 2) == 0 &&
                 keep_all(p, v, 5) == 0) {
            p->step->apply = cross;
            if (pack_keys(p->step, (size_t)n) == 0)
                done = new_wire(p, IDS, (size_t)n);
            else
                PyErr_NoMemory();
        }
    }
    release(v, 5);
    return done;
}
