//! Cars on the map: where they stand or drive, which are near, which are in a building.
//!
//! Positions come from the store, from what is said at a return, and from telemetry; the latest is on the map. Who may know
//! of a car that is out is decided by who asks.

use std::collections::HashMap;

use super::places::{PlaceError, Places};
use super::rules::building::Building;
use super::rules::cars::{CarAt, CarsPage};
use super::rules::earth::Point;
use super::rules::index::{Cursor, Search};
use super::rules::person::Person;
use super::rules::watching::{Sight, Who};
use super::rules::world::{LOOKS_MAX, Near};
use super::{Position, Watch, tenths};
use crate::booking::{CarId, UserId};
use crate::fleet::store::{LIST_MAX, car_by_id, car_list};
use crate::fleet::{Car, Condition};
use crate::registry::permissions::Permission;
use crate::store::StoreError;

/// People and cars, each, that one watch has in view.
const VIEW_MAX: usize = 100;

impl Places {
    /// Cars moved; those that are not on the map are none of ours yet.
    pub(crate) fn cars_moved(&self, moved: impl IntoIterator<Item = (CarId, Position)>) {
        let mut world = self.write();
        for (car, position) in moved {
            world.cars.moved(car, position);
        }
    }

    /// Cars were added or changed in the store.
    pub(crate) async fn reload_cars(&self, ids: Vec<CarId>) -> Result<(), StoreError> {
        let read = self.store().read(move |conn| {
            let mut cars = Vec::with_capacity(ids.len());
            for id in ids {
                cars.extend(car_by_id(conn, id)?);
            }
            Ok(cars)
        });
        for car in read.await? {
            self.put_car(car);
        }
        Ok(())
    }

    /// Every car of the store.
    pub(super) async fn load_cars(&self) -> Result<(), StoreError> {
        let mut after = CarId(0);
        loop {
            let page = self.store().read(move |conn| car_list(conn, after, LIST_MAX)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for car in page {
                self.put_car(car);
            }
        }
    }

    fn put_car(&self, car: Car) {
        let mut world = self.write();
        if car.condition == Condition::Retired {
            world.cars.remove(car.id);
            return;
        }
        world.cars.put(CarAt {
            car: car.id,
            name: car.name.into(),
            position: car.position,
        });
    }

    /// Where somebody looks from and how far, unless they say otherwise.
    pub(crate) fn around(
        &self,
        own: Option<UserId>,
        from: Option<Point>,
        radius_m: Option<f64>,
    ) -> Result<(Option<Point>, f64), PlaceError> {
        self.loaded()?;
        let world = self.read();
        let known = own.and_then(|own| world.person(own)).and_then(Person::point);
        let radius_m = radius_m.unwrap_or_else(|| match own {
            Some(own) => world.range_of(own),
            None => world.standards().range_m,
        });
        Ok((from.or(known), radius_m))
    }

    /// The cars near a point that are wanted, nearest first.
    pub(crate) fn cars_near(
        &self,
        from: Point,
        radius_m: f64,
        after: Option<Cursor>,
        page: usize,
        wanted: impl Fn(&CarAt) -> bool,
    ) -> Result<CarsPage, PlaceError> {
        self.loaded()?;
        let search = Search {
            from,
            radius_m,
            after,
            page,
            looks_max: LOOKS_MAX,
        };
        Ok(self.read().cars.near(&search, wanted))
    }

    /// The cars in a building that are wanted, those nearest to its centre first.
    pub(crate) fn cars_in(
        &self,
        building: &Building,
        after: Option<Cursor>,
        page: usize,
        wanted: impl Fn(&CarAt) -> bool,
    ) -> Result<CarsPage, PlaceError> {
        let within = |car: &CarAt| building.contains(car.position).is_some() && wanted(car);
        self.cars_near(Point::of(building.centre()), building.reach_m(), after, page, within)
    }

    /// Everybody and everything that one watch has in view now.
    pub(crate) fn watched(
        &self,
        watch: &Watch,
        out: &HashMap<CarId, UserId>,
        wanted: impl Fn(UserId) -> bool,
    ) -> Vec<(Who, Sight)> {
        let now = self.clock().now();
        let world = self.read();
        let mut there = Vec::new();
        let Some(from) = world.person(watch.user).and_then(Person::point) else {
            return there;
        };
        let radius_m = watch.radius_m.unwrap_or_else(|| world.range_of(watch.user));
        if watch.wanted.people {
            let ask = Near {
                from: None,
                radius_m: Some(radius_m),
                after: None,
                page: VIEW_MAX,
            };
            let people = world.near(watch.user, &ask, wanted, now).seen.into_iter();
            there.extend(people.map(|seen| {
                let sight = Sight {
                    name: seen.name.as_str().into(),
                    position: seen.position,
                    distance_m: tenths(seen.distance_m),
                    blur_m: seen.blur_m,
                };
                (Who::Person(seen.user), sight)
            }));
        }
        if watch.wanted.cars {
            let is_operator = watch.standing.permissions().contains(Permission::Manager);
            let search = Search {
                from,
                radius_m,
                after: None,
                page: VIEW_MAX,
                looks_max: LOOKS_MAX,
            };
            let may_see = |car: &CarAt| is_operator || out.get(&car.car).is_none_or(|rider| *rider == watch.user);
            let cars = world.cars.near(&search, may_see).cars.into_iter();
            there.extend(cars.map(|(car, distance_m)| {
                let sight = Sight {
                    name: car.name,
                    position: car.position,
                    distance_m: tenths(distance_m),
                    blur_m: None,
                };
                (Who::Car(car.car), sight)
            }));
        }
        there
    }
}
