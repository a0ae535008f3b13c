//! The inside of a VM, as the domain sees it: which proxy each consumer of a connection is told to use, and by what.
