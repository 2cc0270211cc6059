/* General trees are packed: for walks from the root, and small ones from their leaves up. */
#include "general.h"

static void free_general(void *model)
{
    General *m = model;
    if (!m)
        return;
    free(m->slots);
    free(m->leaf_at);
    free(m->leaves);
    free(m->trees);
    free(m->choices);
    free(m->values);
    free(m->scale);
    free(m->bytes);
    free(m);
}

typedef struct {
    const uint16_t *feature, *output;
    const uint8_t *threshold;
    const int32_t *left, *right, *root;
    const uint32_t *columns; /* the slot in the plane of codes of each feature */
    size_t n_features;
    int64_t n_leaves;
    const int16_t *whole; /* leaves of one whole number each, or NULL */
} Source;

/* Fills one slot with a copy of `child`; -1 when it is out of range or not above `parent`. */
static int fill_slot(General *m, const Source *from, size_t slot, int64_t parent, int64_t child)
{
    if (child < 0) {
        if (~child >= from->n_leaves)
            return -1;
        const uint32_t any = from->n_features ? from->columns[0] : 0; /* no code exceeds 255 */
        m->slots[slot] = (Slot){(uint32_t)slot, any << 8 | 255};
        m->leaf_at[slot] = (uint32_t)((size_t)~child * m->n_values);
        return 0;
    }
    if (child <= parent || child >= (int64_t)m->n_inner || from->feature[child] >= from->n_features)
        return -1;
    m->slots[slot] = (Slot){(uint32_t)(2 * child), from->columns[from->feature[child]] << 8 |
                                                       from->threshold[child]};
    return 0;
}

static int fill_slots(General *m, const Source *from)
{
    const size_t n = m->n_inner;
    for (size_t i = 0; i < n; i++)
        if (fill_slot(m, from, 2 * i, (int64_t)i, from->left[i]) < 0 ||
            fill_slot(m, from, 2 * i + 1, (int64_t)i, from->right[i]) < 0)
            return -1;
    for (size_t t = 0; t < m->n_trees; t++)
        if (fill_slot(m, from, 2 * n + t, -1, from->root[t]) < 0 ||
            from->output[t] + m->n_values > m->n_outputs)
            return -1;
    return 0;
}

/* Sorts the trees by output; those of one output stay in their order. Leaves of several values
 * reach outputs of other trees too: then all trees stay in their order. */
static int order_trees(General *m, const Source *from)
{
    size_t *first = calloc(m->n_outputs + 1, sizeof *first);
    if (!first)
        return -1;
    const int apart = m->n_values == 1;
    for (size_t t = 0; apart && t < m->n_trees; t++)
        first[from->output[t] + 1]++;
    for (size_t v = 0; v < m->n_outputs; v++)
        first[v + 1] += first[v];
    for (size_t t = 0; t < m->n_trees; t++)
        m->trees[first[apart ? from->output[t] : 0]++] = (Tree){
            .n = LARGE, .slot = (uint32_t)(2 * m->n_inner + t), .output = from->output[t]};
    free(first);
    return 0;
}

/* What a tree is made of, while it is looked at. `node_of` and `leaf_of` hold, for every node and
 * leaf of all trees, 1 + its place in `nodes` or `leaves` where the tree has it, 0 otherwise. */
typedef struct {
    uint32_t nodes[MOST_LEAVES], leaves[MOST_LEAVES];
    size_t n_nodes, n_leaves;
    uint32_t *node_of, *leaf_of;
} Found;

static void forget(Found *f)
{
    for (size_t i = 0; i < f->n_nodes; i++)
        f->node_of[f->nodes[i]] = 0;
    for (size_t i = 0; i < f->n_leaves; i++)
        f->leaf_of[f->leaves[i]] = 0;
    f->n_nodes = f->n_leaves = 0;
}

static int note(Found *f, int32_t child)
{
    const uint32_t item = (uint32_t)(child < 0 ? ~child : child);
    uint32_t *list = child < 0 ? f->leaves : f->nodes;
    uint32_t *places = child < 0 ? f->leaf_of : f->node_of;
    size_t *n = child < 0 ? &f->n_leaves : &f->n_nodes;
    if (places[item])
        return 0;
    if (*n == MOST_LEAVES)
        return -1;
    list[*n] = item;
    places[item] = (uint32_t)++*n;
    return 0;
}

static int descending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

/* Finds the nodes of a tree, the last first, and its leaves; -1 when there are too many. */
static int find(const Source *from, int32_t root, Found *f)
{
    forget(f);
    int many = note(f, root);
    for (size_t i = 0; !many && i < f->n_nodes; i++)
        many = note(f, from->left[f->nodes[i]]) || note(f, from->right[f->nodes[i]]);
    qsort(f->nodes, f->n_nodes, sizeof *f->nodes, descending); /* children before their parents */
    for (size_t i = 0; i < f->n_nodes; i++)
        f->node_of[f->nodes[i]] = (uint32_t)(i + 1);
    return many ? -1 : 0;
}

/* Where in the scratch space the leaf numbers of a child lie. */
static uint32_t place_of(const Found *f, int32_t child)
{
    return (child < 0 ? f->leaf_of[~child] - 1 : CONSTANTS + f->node_of[child] - 1) * BLOCK;
}

/* Writes down how a small tree is evaluated from its leaves up. */
static void write_tree(General *m, const Source *from, const Found *f, int32_t root, Tree *tree)
{
    tree->first = (uint32_t)m->n_choices;
    tree->n = (uint32_t)f->n_nodes;
    tree->root = place_of(f, root);
    tree->leaves = (uint32_t)m->n_small;
    for (size_t i = 0; i < f->n_nodes; i++) {
        const uint32_t node = f->nodes[i];
        m->choices[m->n_choices++] =
            (Choice){from->columns[from->feature[node]] * BLOCK, place_of(f, from->left[node]),
                     place_of(f, from->right[node]), from->threshold[node]};
    }
    for (size_t i = 0; i < f->n_leaves; i++)
        for (size_t v = 0; v < m->n_values; v++)
            m->values[m->n_small++] = m->leaves[f->leaves[i] * m->n_values + v];
}

/* How many tables, a power of two of them, hold so many leaves. */
static size_t tables_for(size_t n_leaves)
{
    size_t n = 1;
    while (n * TABLE < n_leaves)
        n *= 2;
    return n;
}

/* Writes down the leaves of a small tree as bytes. */
static void write_bytes(General *m, const Source *from, const Found *f, Tree *tree)
{
    int16_t leaves[MOST_LEAVES];
    const size_t n_tables = tables_for(f->n_leaves), room = n_tables * TABLE;
    for (size_t i = 0; i < f->n_leaves; i++)
        leaves[i] = from->whole[f->leaves[i]];
    uint8_t *low = m->bytes + m->n_bytes;
    tree->bytes = (uint32_t)m->n_bytes;
    tree->n_tables = (uint8_t)n_tables;
    tree->split = split_leaves(leaves, f->n_leaves, room, low, low + room);
    m->n_bytes += 2 * room;
}

/* Trees of one output and one kind come together; those that are walked after all others. */
static int by_kind(const void *a, const void *b)
{
    const Tree *x = a, *y = b;
    if (x->output != y->output)
        return x->output < y->output ? -1 : 1;
    if ((x->n == LARGE) != (y->n == LARGE))
        return x->n == LARGE ? 1 : -1;
    if (kind_of(x->split) != kind_of(y->split))
        return kind_of(x->split) < kind_of(y->split) ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* Looks at every tree twice: to count what is small, then to write it down. */
static int write_trees(General *m, const Source *from, Found *f)
{
    size_t nodes = 0, values = 0, bytes = 0;
    for (size_t t = 0; t < m->n_trees; t++)
        if (find(from, from->root[m->trees[t].slot - 2 * m->n_inner], f) == 0) {
            nodes += f->n_nodes;
            values += f->n_leaves * m->n_values;
            bytes += 2 * TABLE * tables_for(f->n_leaves);
        }
    m->choices = calloc(nodes + 1, sizeof *m->choices);
    m->values = calloc(values + 1, sizeof *m->values);
    m->bytes = from->whole ? calloc(bytes + PADDING, 1) : NULL;
    if (!m->choices || !m->values || (from->whole && !m->bytes) || nodes >= INT32_MAX ||
        values >= INT32_MAX || bytes >= INT32_MAX)
        return -1;
    for (size_t t = 0; t < m->n_trees; t++) {
        const int32_t root = from->root[m->trees[t].slot - 2 * m->n_inner];
        if (find(from, root, f) == 0) {
            write_tree(m, from, f, root, &m->trees[t]);
            if (m->bytes)
                write_bytes(m, from, f, &m->trees[t]);
        }
    }
    if (m->bytes) /* sums of whole numbers are the same in any order */
        qsort(m->trees, m->n_trees, sizeof *m->trees, by_kind);
    return 0;
}

static int fill_general(General *m, const Source *from)
{
    const size_t n_slots = 2 * m->n_inner + m->n_trees;
    Found f = {.node_of = calloc(m->n_inner + 1, sizeof(uint32_t)),
               .leaf_of = calloc((size_t)from->n_leaves + 1, sizeof(uint32_t))};
    m->slots = calloc(n_slots + 1, sizeof *m->slots);
    m->leaf_at = calloc(n_slots + 1, sizeof *m->leaf_at);
    m->trees = calloc(m->n_trees + 1, sizeof *m->trees);
    int done = -1;
    if (!f.node_of || !f.leaf_of || !m->slots || !m->leaf_at || !m->trees)
        PyErr_NoMemory();
    else if (fill_slots(m, from) < 0)
        fail("expected features that the input has, outputs that there are, and each child to be "
             "a leaf or a node after its parent, got another index");
    else if (order_trees(m, from) < 0 || write_trees(m, from, &f) < 0)
        PyErr_NoMemory();
    else
        done = 0;
    free(f.node_of);
    free(f.leaf_of);
    return done;
}

static int check_shapes(const Py_buffer *v, size_t outputs)
{
    const Py_ssize_t n = v[0].shape[0], trees = v[4].shape[0];
    if (v[1].shape[0] != n || v[2].shape[0] != n || v[3].shape[0] != n || v[5].shape[0] != trees)
        fail("expected feature, threshold, left, right of one length, and root, output");
    else if (v[6].shape[1] < 1 || n > INT32_MAX / 4 || trees > INT32_MAX / 4 ||
             v[6].shape[0] * v[6].shape[1] > INT32_MAX || outputs < 1 || outputs > UINT16_MAX)
        fail("expected one value a leaf or more, and fewer than 2**29 nodes");
    else
        return 0;
    return -1;
}

static int pack_general(Pack *p, const Py_buffer *v, const Py_buffer *scale)
{
    General *m = calloc(1, sizeof *m);
    if (!m) {
        PyErr_NoMemory();
        return -1;
    }
    p->step->model = m;
    p->step->drop = free_general;
    m->n_inner = (size_t)v[0].shape[0], m->n_trees = (size_t)v[4].shape[0];
    m->n_values = (size_t)v[6].shape[1], m->n_outputs = p->step->number;
    const Source from = {v[0].buf, v[5].buf, v[1].buf,    v[2].buf,          v[3].buf,
                         v[4].buf, p->step->in, p->step->n_in, v[6].shape[0],
                         scale->obj && m->n_values == 1 && HAVE_AVX2 ? v[6].buf : NULL};
    if (float_leaves(&v[6], &m->leaves) < 0 || scale_of(scale, p->step->number, &m->scale) < 0 ||
        fill_general(m, &from) < 0)
        return -1;
    p->step->apply = run_general;
    p->step->cost = m->n_trees;
    p->step->scratch = (size_t)(CONSTANTS + 1) * BLOCK;
    return new_wire(p, VALUES, p->step->number);
}

int pack_trees(Pack *p)
{
    static const Want wants[] = {{"feature", U16, 1, 0, 0}, {"threshold", U8, 1, 0, 0},
                                 {"left", I32, 1, 0, 0},    {"right", I32, 1, 0, 0},
                                 {"root", I32, 1, 0, 0},    {"output", U16, 1, 0, 0}};
    Py_buffer v[8] = {{0}};
    int done = -1;
    if (read_inputs(p, CODES, 1) == 0 && p->n_arrays >= 7 &&
        take_all(p->arrays, 6, wants, v, 6) == 0 && take_leaves(p, 6, 2, &v[6]) == 0 &&
        check_shapes(v, p->step->number) == 0)
        done = pack_general(p, v, &v[7]);
    else if (!PyErr_Occurred())
        fail("expected the arrays of general trees");
    release(v, 8);
    return done;
}
