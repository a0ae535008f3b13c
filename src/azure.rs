//! The names Azure gives things: clouds, regions, resource ids.

mod cloud;
mod region;
mod resource_id;

pub use cloud::{Cloud, UnknownCloud};
pub use region::Region;
pub use resource_id::ResourceId;
