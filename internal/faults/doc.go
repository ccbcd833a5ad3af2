// Package faults shows that nothing is lost. A recorded change set is published through the real stack, by a process of its own, against the
// simulator over HTTP. Then it is published again for every journal write and every call of that run and every fault: killed, cut off,
// answered nonsense, refused by the disk, edited from outside. After each, another process and a scripted person bring it to its end, and
// what the simulator holds is compared with what the journal says, byte for byte. docs/faults.md tells what is run, and how much of it.
package faults
