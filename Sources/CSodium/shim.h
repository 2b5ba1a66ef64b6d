#ifndef TARN_CSODIUM_SHIM_H
#define TARN_CSODIUM_SHIM_H

#include <sodium.h>

#endif
