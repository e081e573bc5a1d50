#include "CSchemaReference.h"
