#ifndef TARN_CEDIT_SHIM_H
#define TARN_CEDIT_SHIM_H

// libedit's own interface (el_init, el_wgets, history) and its readline-compatible one.
#include <histedit.h>
#include <editline/readline.h>

#endif
