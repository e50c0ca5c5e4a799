// SPDX-License-Identifier: Apache-2.0
#include "controller/base/pch.h"
