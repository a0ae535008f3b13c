//! The clock of a guest: what keeps it, and how far off that says it is.

use super::Read;

/// What is told of a guest's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestClock {
    /// What chrony says.
    pub tracking: Option<Read<Tracking>>,
    /// What systemd says.
    pub system: Option<Read<TimeStatus>>,
    /// What the time service of Windows says.
    pub windows: Option<Read<WindowsTime>>,
}

/// What chrony says: `chronyc tracking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracking {
    /// Whether it has set the clock by a source.
    pub synchronised: bool,
    /// How many seconds the clock is ahead of its source, rounded towards zero; negative where it is behind.
    pub ahead: Option<i64>,
}

/// What systemd says: `timedatectl show`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeStatus {
    /// Whether the kernel takes the clock to be set by a time service.
    pub synchronised: Option<bool>,
    /// How many seconds the clock is ahead of the one of the hardware, which runs in UTC.
    pub ahead_of_hardware: Option<i64>,
}

/// What the time service of Windows says: `w32tm /query /status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowsTime {
    /// Whether it has set the clock by the host or by a time server; not so where it goes by the clock of this machine alone.
    pub synchronised: bool,
    /// How far the clock is from its source in seconds, rounded towards zero. In which direction is not told.
    pub off: Option<u64>,
}

impl GuestClock {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracking.is_none() && self.system.is_none() && self.windows.is_none()
    }
}
