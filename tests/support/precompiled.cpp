// SPDX-License-Identifier: MIT
//
// Nothing: CMake wants one file of a target whose precompiled header others use.
