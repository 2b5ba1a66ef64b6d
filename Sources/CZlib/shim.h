#ifndef TARN_CZLIB_SHIM_H
#define TARN_CZLIB_SHIM_H

#include <zlib.h>

#endif
