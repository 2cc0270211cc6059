/* What both shapes of trees share: the arguments of a call. */
#include "trees.h"

static const Want RUN_WANTS[] = {{"codes", U8, 2, 0}, {"out", F64, 2, 1}};

int job_of(PyObject *const *args, Py_ssize_t n_args, Py_buffer *views, Job *job)
{
    if (n_args != 3) {
        PyErr_Format(PyExc_TypeError, "expected packed trees, codes and out, got %zd", n_args);
        return -1;
    }
    if (take_all(args + 1, 2, RUN_WANTS, views, 2) < 0)
        return -1;
    if (views[0].shape[0] != views[1].shape[0]) {
        fail("expected codes and out of as many rows");
        return -1;
    }
    *job = (Job){NULL, views[0].buf, views[1].buf, (size_t)views[0].shape[1],
                 (size_t)views[1].shape[1], NULL};
    return 0;
}

int fits(const Job *job, size_t width, int outputs_fit)
{
    if (job->width < width)
        PyErr_Format(PyExc_ValueError, "expected codes of %zu column(s) or more, got %zu", width,
                     job->width);
    else if (!outputs_fit)
        fail("expected as many outputs as the trees write");
    else
        return 1;
    return 0;
}
