//! The names Azure gives things: clouds, regions, resource ids.

mod cloud;
pub mod platform;
mod region;
mod resource_id;

pub use cloud::{Cloud, UnknownCloud};
pub use region::Region;
pub use resource_id::ResourceId;
