//! What a unit of the car share asks: its dictionary, read. Pure.
//!
//! The number of the car is spelt in three ways, and each type of request may use any of them. What is missing or of
//! another kind is refused by name, with the answer that a client of that type takes for a no.

use crate::dialect::pickle::Pickle;

/// The three spellings.
const CAR_NAMES: [&str; 3] = ["carId", "carid", "carID"];
/// Most devices that one request names.
const DEVICES_MAX: usize = 64;
/// What the codes of engineers begin with.
const CODE_PREFIX: &str = "mp_";

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    /// The number of the car there.
    pub(super) car: String,
    /// What is wanted.
    pub(super) want: Want,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Want {
    /// Type 1.
    Password {
        /// The rider's user name.
        username: String,
        /// And password.
        password: String,
    },
    /// Type 2: what was made of a face.
    Face(Vec<f32>),
    /// Type 3.
    Return {
        /// The rider's number, as the unlock answered it.
        user: i64,
        /// Where the car stands.
        spot: Spot,
    },
    /// Type 4: addresses of devices.
    Devices(Vec<String>),
    /// Type 5: the code of an engineer, if the card holds one.
    Code(Option<String>),
}

/// Where a car stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub(super) place: String,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// What a client takes for a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    /// `False`.
    False,
    /// -1.
    MinusOne,
}

/// The no of a type of request; `False` for one that there is not.
pub(super) fn no_of(kind: Option<i64>) -> No {
    match kind {
        Some(1 | 2) => No::MinusOne,
        _ => No::False,
    }
}

/// The type of a request, if it says one.
pub(super) fn kind(request: &Pickle) -> Option<i64> {
    request.field("type").and_then(Pickle::as_whole)
}

/// Reads a request; a sentence when it cannot be.
pub(super) fn read(request: &Pickle) -> Result<Ask, String> {
    if !matches!(request, Pickle::Dict(_)) {
        return Err(format!("got {}, wanted a dictionary", request.kind()));
    }
    let want = match kind(request) {
        Some(1) => Want::Password {
            username: text(request, "username")?,
            password: text(request, "password")?,
        },
        Some(2) => Want::Face(encoding(request)?),
        Some(3) => Want::Return {
            user: whole(request, "userid")?,
            spot: spot(&text(request, "location")?)?,
        },
        Some(4) => Want::Devices(devices(request)?),
        Some(5) => {
            text_or_number(request, "id")?;
            text_or_number(request, "name")?;
            Want::Code(code(request))
        }
        Some(other) => return Err(format!("got type {other}, wanted 1 to 5")),
        None => return Err("`type` is missing or no number, wanted 1 to 5".to_owned()),
    };
    Ok(Ask {
        car: car(request)?,
        want,
    })
}

fn car(request: &Pickle) -> Result<String, String> {
    let mut named = CAR_NAMES.iter().filter_map(|name| request.field(name));
    let car = named
        .next()
        .ok_or_else(|| format!("the car is missing, wanted one of {}", CAR_NAMES.join(", ")))?;
    if named.next().is_some() {
        return Err("the car is there twice".to_owned());
    }
    match car {
        Pickle::Int(number) => Ok(number.to_string()),
        Pickle::Text(text) => Ok(text.trim().to_owned()),
        other => Err(format!("the car is {}, wanted a number", other.kind())),
    }
}

fn field<'a>(request: &'a Pickle, name: &str) -> Result<&'a Pickle, String> {
    request.field(name).ok_or_else(|| format!("`{name}` is missing"))
}

fn text(request: &Pickle, name: &str) -> Result<String, String> {
    let found = field(request, name)?;
    let text = found.as_text().map(str::to_owned);
    text.ok_or_else(|| format!("`{name}` is {}, wanted a text", found.kind()))
}

fn whole(request: &Pickle, name: &str) -> Result<i64, String> {
    let found = field(request, name)?;
    found
        .as_whole()
        .ok_or_else(|| format!("`{name}` is {}, wanted a number", found.kind()))
}

fn text_or_number(request: &Pickle, name: &str) -> Result<(), String> {
    match field(request, name)? {
        Pickle::Text(_) | Pickle::Int(_) => Ok(()),
        other => Err(format!("`{name}` is {}, wanted a text or a number", other.kind())),
    }
}

/// The code of the card, in whichever of its two fields it stands.
fn code(request: &Pickle) -> Option<String> {
    let fields = ["id", "name"].iter().filter_map(|name| request.field(name)?.as_text());
    let mut codes = fields.map(str::trim).filter(|text| text.starts_with(CODE_PREFIX));
    codes.next().map(str::to_owned)
}

/// The numbers as what compares faces has them.
fn encoding(request: &Pickle) -> Result<Vec<f32>, String> {
    let found = field(request, "encoding")?;
    let floats = found
        .floats()
        .ok_or_else(|| format!("`encoding` is {}, wanted an array of floats", found.kind()))?;
    Ok(floats.into_iter().map(narrow).collect())
}

/// To 32 bits, as the library rounds that reads a number; what is too large for them is no longer finite.
fn narrow(float: f64) -> f32 {
    float.to_string().parse().unwrap_or(f32::NAN)
}

/// `Place name,lat,lng`; the name may hold commas.
fn spot(location: &str) -> Result<Spot, String> {
    let wrong = || "`location` cannot be read, wanted `Place name,latitude,longitude`".to_owned();
    let mut parts = location.rsplitn(3, ',');
    let mut number = || {
        let number = parts.next()?.trim().parse::<f64>().ok()?;
        number.is_finite().then_some(number)
    };
    let (longitude, latitude) = (number().ok_or_else(wrong)?, number().ok_or_else(wrong)?);
    Ok(Spot {
        place: parts.next().unwrap_or_default().trim().to_owned(),
        latitude,
        longitude,
    })
}

/// Addresses, alone or each beside its name.
fn devices(request: &Pickle) -> Result<Vec<String>, String> {
    let found = field(request, "nearby_devices")?;
    let wrong = || format!("`nearby_devices` is {}, wanted a list of addresses", found.kind());
    let items = found.items().ok_or_else(wrong)?;
    if items.len() > DEVICES_MAX {
        return Err(format!("got {} devices, wanted at most {DEVICES_MAX}", items.len()));
    }
    let address = |item: &Pickle| match item {
        Pickle::Text(address) => Some(address.clone()),
        other => other.items()?.first()?.as_text().map(str::to_owned),
    };
    items.iter().map(address).collect::<Option<_>>().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::pickle::{self, dict};

    fn with(mut request: Pickle, name: &str, value: impl Into<Pickle>) -> Pickle {
        if let Pickle::Dict(fields) = &mut request {
            fields.push((Pickle::from(name), value.into()));
        }
        request
    }

    fn without(request: &Pickle, name: &str) -> Pickle {
        let Pickle::Dict(fields) = request else { panic!() };
        let kept = fields.iter().filter(|(key, _)| *key != Pickle::from(name));
        Pickle::Dict(kept.cloned().collect())
    }

    fn requests() -> [Pickle; 5] {
        let floats = Pickle::Floats(vec![0.5; 128]);
        [
            dict([
                ("type", 1.into()),
                ("username", "anna".into()),
                ("password", "p".into()),
            ]),
            dict([("type", 2.into()), ("encoding", floats)]),
            dict([
                ("type", 3.into()),
                ("userid", 7.into()),
                ("location", "Box Hill, VIC,-37.8214992,145.1086673".into()),
            ]),
            dict([
                ("type", 4.into()),
                ("nearby_devices", Pickle::List(vec!["01:23:45:67:89:ab".into()])),
            ]),
            dict([
                ("type", 5.into()),
                ("id", "mp_engineer_x".into()),
                ("name", "emil".into()),
            ]),
        ]
    }

    #[test]
    fn each_type_is_read_with_each_spelling_of_the_car() {
        for request in requests() {
            for name in CAR_NAMES {
                for car in [Pickle::Int(5), Pickle::from(" 5 ")] {
                    assert_eq!(read(&with(request.clone(), name, car)).unwrap().car, "5");
                }
            }
            assert!(read(&request).is_err(), "no car");
            let twice = with(with(request, "carId", 5), "carid", 5);
            assert!(read(&twice).is_err(), "two cars");
        }
        let wants = requests().map(|request| read(&with(request, "carid", 5_i64)).unwrap().want);
        let [password, face, back, devices, code] = wants;
        assert!(matches!(password, Want::Password { username, .. } if username == "anna"));
        assert_eq!(face, Want::Face(vec![0.5; 128]));
        let spot = Spot {
            place: "Box Hill, VIC".into(),
            latitude: -37.821_499_2,
            longitude: 145.108_667_3,
        };
        assert_eq!(back, Want::Return { user: 7, spot });
        assert_eq!(devices, Want::Devices(vec!["01:23:45:67:89:ab".into()]));
        assert_eq!(code, Want::Code(Some("mp_engineer_x".into())));
    }

    #[test]
    fn a_missing_field_or_another_kind_is_refused_by_name() {
        for request in requests() {
            let whole = with(request.clone(), "carid", 5);
            let Pickle::Dict(fields) = &request else { panic!() };
            for (key, _) in fields {
                let name = key.as_text().unwrap();
                let why = read(&without(&whole, name)).unwrap_err();
                assert!(why.contains(name), "{name}: {why}");
                let other = with(without(&whole, name), name, Pickle::None);
                assert!(read(&other).is_err(), "{name} is None");
            }
        }
        for wrong in [Pickle::None, Pickle::List(vec![]), dict([("type", 6.into())]), dict([])] {
            assert!(read(&wrong).is_err(), "{wrong:?}");
        }
        for location in ["", "Box Hill", "1,2,x", "nan,nan", "a,inf,3"] {
            assert!(spot(location).is_err(), "{location}");
        }
    }

    #[test]
    fn an_old_card_of_number_and_name_holds_no_code() {
        let card = dict([
            ("type", 5.into()),
            ("id", 3.into()),
            ("name", "emil".into()),
            ("carID", 5.into()),
        ]);
        assert_eq!(read(&card).unwrap().want, Want::Code(None));
    }

    #[test]
    fn every_type_has_its_own_no() {
        assert_eq!([1, 2, 3, 4, 5, 6].map(|kind| no_of(Some(kind))), {
            use No::{False, MinusOne};
            [MinusOne, MinusOne, False, False, False, False]
        });
        assert_eq!(no_of(None), No::False);
    }

    #[test]
    fn a_number_is_rounded_to_the_nearest_of_32_bits() {
        for float in [0.1, -0.123_456_789, 1e-30, 3.0e38] {
            let narrowed = narrow(float);
            assert!((f64::from(narrowed) - float).abs() <= float.abs() * 1e-7, "{float}");
        }
        assert!(!narrow(1e300).is_finite() && narrow(f64::NAN).is_nan());
    }

    #[test]
    fn whatever_pickle_comes_is_a_request_or_refused() {
        let samples = requests().map(|request| pickle::write(&with(request, "carid", 5_i64)));
        let words: [&[u8]; 6] = [b"X\x05\0\0\0carId", b"X\x04\0\0\0type", b"K\x02", b"s", b"}(", b"u."];
        crate::runtime::fuzz::fuzz("carshare", &words, samples.into(), |bytes| {
            let bounds = pickle::Bounds {
                bytes: 65_536,
                items: 4_096,
                depth: 8,
                memo: 4_096,
            };
            match pickle::read(bytes, &bounds) {
                Ok(request) => {
                    let _ = no_of(kind(&request));
                    match read(&request) {
                        Ok(_) => format!(
                            "type {}",
                            "x".repeat(kind(&request).map_or(0, |kind| usize::try_from(kind).unwrap()))
                        ),
                        Err(why) => why,
                    }
                }
                Err(err) => err.to_string(),
            }
        });
    }
}
