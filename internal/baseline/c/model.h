// SPDX-License-Identifier: Apache-2.0
#pragma once

float mitchell(float a, float b);
