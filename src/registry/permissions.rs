//! Permissions: what a caller may hold, as a set that is cheap to look into at every call.
//!
//! Pure. A set is made from group names; inheritance between groups lives in the store.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::groups::{self, GROUPS_MAX, Group};

/// One permission; named after the group that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Be connected: help, who one is, what the server is.
    Guest,
    /// Look around: availability, places, datasocks.
    User,
    /// Book, drive and return.
    Customer,
    /// Work on cars under repair.
    Engineer,
    /// Operate: other people's bookings, repairs, cars.
    Manager,
    /// Everything.
    Admin,
    /// The unit in a car.
    Car,
    /// A bot.
    Bot,
    /// Another server.
    Server,
    /// Search a picture among all faces. No role brings it, not even that of an admin.
    FaceSearch,
    /// A group that operators made.
    Group(Group),
}

impl Permission {
    /// Every permission that is built in, from least to most.
    pub const BUILT_IN: [Self; 10] = [
        Self::Guest,
        Self::User,
        Self::Customer,
        Self::Engineer,
        Self::Manager,
        Self::Admin,
        Self::Car,
        Self::Bot,
        Self::Server,
        Self::FaceSearch,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::User => "user",
            Self::Customer => "customer",
            Self::Engineer => "engineer",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Car => "car",
            Self::Bot => "bot",
            Self::Server => "server",
            Self::FaceSearch => "face_search",
            Self::Group(group) => group.name(),
        }
    }

    /// The permission of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let built_in = Self::BUILT_IN
            .into_iter()
            .find(|permission| permission.as_str() == name);
        built_in.or_else(|| groups::find(name).map(Self::Group))
    }

    /// Every permission there is: the built-in ones, then the groups of this process.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::BUILT_IN
            .into_iter()
            .chain(groups::known().into_iter().map(Self::Group))
    }

    const fn bit(self) -> u32 {
        match self {
            Self::User => 1,
            Self::Customer => 1 << 1,
            Self::Engineer => 1 << 2,
            Self::Manager => 1 << 3,
            Self::Admin => 1 << 4,
            Self::Car => 1 << 5,
            Self::Bot => 1 << 6,
            Self::Server => 1 << 7,
            Self::Guest => 1 << 8,
            Self::FaceSearch => 1 << 9,
            Self::Group(group) => 1 << (GROUPS_BIT_FIRST + group.place()),
        }
    }
}

/// Below stand the built-in ones.
const GROUPS_BIT_FIRST: u32 = 10;
// The bits of all of them fit into one set.
const _: () = assert!(GROUPS_BIT_FIRST + GROUPS_MAX <= u32::BITS);

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Permission {
    fn schema_name() -> Cow<'static, str> {
        "Permission".into()
    }

    // Groups that operators make are permissions too.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// Nothing at all.
    pub const NONE: Self = Self(0);

    /// Whether it holds this one.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission.bit())
    }

    /// From role names; unknown ones bring nothing.
    #[must_use]
    pub fn from_roles<'a>(roles: impl IntoIterator<Item = &'a str>) -> Self {
        roles.into_iter().fold(Self::NONE, |set, role| {
            Permission::named(role).map_or(set, |permission| set.with(permission))
        })
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What it holds and the other does not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What both hold.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names of what it holds, from least to most. `guest` goes without saying for who is more than one.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        Permission::all()
            .filter(|permission| self.contains(*permission))
            .filter(|permission| *permission != Permission::Guest || !self.contains(Permission::User))
            .map(|permission| permission.as_str().to_owned())
            .collect()
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Permission>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_its_roles_bring_and_nothing_else() {
        let set = Permissions::from_roles(["customer", "user", "free-form"]);
        assert!(set.contains(Permission::User) && set.contains(Permission::Customer));
        assert!(!set.contains(Permission::Admin) && !set.contains(Permission::Car));
        assert_eq!(set.names(), ["user", "customer"]);
        assert_eq!(Permissions::from_bits(set.bits()), set);
    }

    #[test]
    fn a_group_of_ones_own_is_a_permission_like_the_others() {
        assert!(Permission::named("valets-here").is_none());
        let valet = Permission::Group(groups::define("valets-here").unwrap());
        assert_eq!(Permission::named("valets-here"), Some(valet));
        let set = Permissions::from_roles(["user", "valets-here"]);
        assert!(set.contains(valet) && !set.contains(Permission::Server));
        assert_eq!(set.names(), ["user", "valets-here"]);
    }

    #[test]
    fn every_permission_has_a_bit_of_its_own() {
        let all = Permission::all().fold(Permissions::NONE, Permissions::with);
        assert_eq!(all.names().len(), Permission::all().count() - 1, "all but `guest`");
        assert_eq!(Permissions::NONE.with(Permission::Guest).names(), ["guest"]);
    }
}
