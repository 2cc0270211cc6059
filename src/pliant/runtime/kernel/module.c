/* The compiled kernel: reads rows, bins, and runs programs over blocks of rows.
 *
 * What each operation means is said, and tested, in Python: binning.py, trees.py and ops/; the
 * files of this folder compute the same. It is the same to the last bit for everything but dense
 * layers and links, which agree to rounding. They know arrays by the buffer protocol alone.
 *
 * Safety. Arrays may come from an untrusted file. What packs them checks every index once and
 * copies what it checked into memory that nobody else can write, so that running needs to check
 * only the shapes of what it is given. Any byte is a valid code, any number a valid value: no
 * content of codes, ids, values or edges can do harm.
 */
#include "crc.h"
#include "levels.h"
#include "module.h"

#define METHOD(name, doc) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, doc}

static PyMethodDef methods[] = {
    METHOD(bin_matrix, "bin_matrix(edges, values, codes, /)\n--\n\nBin a matrix."),
    METHOD(gram_buckets, "gram_buckets(texts, n_buckets, counts, /)\n--\n\nHash grams."),
    METHOD(gram_counts, "gram_counts(texts, recipe, lengths, /)\n--\n\nCount grams."),
    METHOD(levels, "levels()\n--\n\nThe levels that this processor has, and which is in use."),
    METHOD(pack_convolutions, "pack_convolutions(shape, /, *arrays)\n--\n\nPack convolutions."),
    METHOD(pack_edges, "pack_edges(columns, edges, offsets, /)\n--\n\nCheck and pack edges."),
    METHOD(pack_gram_model, "pack_gram_model(recipe, /, *arrays)\n--\n\nPack a model of grams."),
    METHOD(pack_program, "pack_program(inputs, steps, outputs, /)\n--\n\nPack a program."),
    METHOD(pack_reader, "pack_reader(columns, n_codes, n_ids, float64, /)\n--\n\nPack a schema."),
    METHOD(read_row, "read_row(reader, row, codes, ids, /)\n--\n\nRead a row."),
    METHOD(run_convolutions, "run_convolutions(net, images, out, /)\n--\n\nRun convolutions."),
    METHOD(run_matrix, "run_matrix(program, edges, values, out, /)\n--\n\nBin, and run."),
    METHOD(run_program, "run_program(program, inputs, outputs, /)\n--\n\nRun a program."),
    METHOD(score_counts, "score_counts(model, slots, counts, starts, out, /)\n--\n\nScore."),
    METHOD(score_grams, "score_grams(model, texts, out, /)\n--\n\nScore texts."),
    METHOD(use_level, "use_level(name, /)\n--\n\nUse a level."),
    {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot module_slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernel", "Reads rows, bins, and runs programs.", 0, methods,
    module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void)
{
    highest_level();
    make_crc_table();
    return PyModuleDef_Init(&module);
}
