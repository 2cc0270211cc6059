/* What the module offers to Python. */
#ifndef PLIANT_MODULE_H
#define PLIANT_MODULE_H

#include "buffers.h"

#define CALL(name) PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t n_args)

CALL(bin_matrix);
CALL(gram_buckets);
CALL(gram_counts);
CALL(levels);
CALL(pack_convolutions);
CALL(pack_edges);
CALL(pack_gram_model);
CALL(pack_program);
CALL(pack_reader);
CALL(read_row);
CALL(run_convolutions);
CALL(run_matrix);
CALL(run_program);
CALL(score_counts);
CALL(score_grams);
CALL(use_level);

#endif
