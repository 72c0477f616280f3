#include "workloads.h"

const int workload_permille = WORKLOAD_PERMILLE;
