//! Addresses, ports, protocols and sets of flows: the arithmetic everything else rests on.
//!
//! All sets are values in canonical form (sorted, disjoint, not adjacent), so `==` is equality of sets,
//! and every operation returns a new set. Nothing here knows what Azure is.
//!
//! | type | a set of | kept as |
//! |---|---|---|
//! | [`RangeSet`] | any ordered, discrete points | inclusive ranges |
//! | [`AddressSet`] | IPv4 and IPv6 addresses | two [`RangeSet`]s |
//! | [`PortSet`] | ports | a [`RangeSet`] |
//! | [`ProtocolSet`] | IP protocols as Azure's rules tell them apart | bits |
//! | [`FlowSet`] | five-tuples | disjoint [`FlowBox`]es |

mod address_set;
mod flow;
mod flow_set;
mod port_set;
mod prefix;
mod protocol;
mod range_set;

pub use address_set::{AddressSet, Count};
pub use flow::Flow;
pub use flow_set::{FlowBox, FlowSet};
pub use port_set::{PortError, PortSet};
pub use prefix::{Prefix, PrefixError};
pub use protocol::{Protocol, ProtocolSet};
pub use range_set::{Point, Range, RangeSet};
