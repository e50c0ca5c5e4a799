// SPDX-License-Identifier: Apache-2.0
// The smallest program; what matters is what is linked into it.
int main() { return 0; }
