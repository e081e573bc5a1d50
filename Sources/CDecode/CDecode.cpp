#include "CDecode.h"
