//! Addresses, ports, protocols and sets of flows.
