//! Reading the bodies.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value as Json;

use crate::model::fields::{ERRORS_MAX, Errors, Fields};
use crate::model::{DeviceId, FieldError, Report, Timestamp};
use crate::problem::Problem;

/// Most reports in one request.
const REPORTS_MAX: usize = 100;
/// Most members of `state` in one report: twice as many as there are traits. Each is answered.
const STATE_MAX: usize = 200;
/// How far ahead a device's clock may be. A time beyond would make every later report stale.
const FUTURE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A report of a device, or what is wrong with it.
pub(super) type Item = Result<(DeviceId, Report), Problem>;

/// The body as JSON.
pub(super) fn json(body: &[u8]) -> Result<Json, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: {error}.")))
}

/// A document with these faults.
pub(super) fn invalid(mut errors: Vec<FieldError>) -> Problem {
    errors.truncate(ERRORS_MAX);
    Problem::invalid(errors)
}

/// The report in the body of `PATCH …/state`.
pub(super) fn report(body: &Json, now: Timestamp) -> Result<Report, Problem> {
    let mut errors = Errors::default();
    let mut fields = Fields::new("$", body, &mut errors);
    let report = members(&mut fields, now, &mut errors);
    fields.finish(&mut errors);
    if errors.0.is_empty() { Ok(report) } else { Err(invalid(errors.0)) }
}

/// One report that names its device: the member `path` of a list, or a whole event.
pub(super) fn item(path: &str, json: &Json, now: Timestamp) -> Item {
    let mut errors = Errors::default();
    let mut fields = Fields::new(path, json, &mut errors);
    let right = "a device id, 1 to 128 of A-Z a-z 0-9 _ . : -";
    let id = fields.read("device_id", &mut errors, &format!("must be {right}"), |id| DeviceId::new(id.as_str()?));
    let id = fields.required("device_id", id, &mut errors, right);
    let report = members(&mut fields, now, &mut errors);
    fields.finish(&mut errors);
    match id {
        Some(id) if errors.0.is_empty() => Ok((id, report)),
        _ => Err(invalid(errors.0)),
    }
}

/// The reports in the body of `POST /v1/reports`; each stands alone.
pub(super) fn reports(body: &Json, now: Timestamp) -> Result<Vec<Item>, Problem> {
    let mut errors = Errors::default();
    let mut fields = Fields::new("$", body, &mut errors);
    let right = format!("a list of at most {REPORTS_MAX} reports");
    let list = fields.read("reports", &mut errors, &format!("must be {right}"), |json| {
        json.as_array().filter(|list| list.len() <= REPORTS_MAX)
    });
    let list = fields.required("reports", list, &mut errors, &right);
    fields.finish(&mut errors);
    match list {
        Some(list) if errors.0.is_empty() => {
            Ok(list.iter().enumerate().map(|(index, json)| item(&format!("$.reports[{index}]"), json, now)).collect())
        }
        _ => Err(invalid(errors.0)),
    }
}

fn members(fields: &mut Fields<'_>, now: Timestamp, errors: &mut Errors) -> Report {
    let online = fields.flag("online", errors);
    let right =
        format!("must be an object of at most {STATE_MAX} traits and their values, for example {{\"on_off\": true}}");
    let values =
        fields.read("state", errors, &right, |json| json.as_object().filter(|values| values.len() <= STATE_MAX));
    let right = "must be an RFC 3339 time, for example 2026-03-01T10:00:00.25Z";
    let at = fields.read("at", errors, right, |at| Timestamp::parse(at.as_str()?));
    if at.is_some_and(|at| at > now.plus(FUTURE_MAX)) {
        errors.add(&fields.path("at"), format!("is more than 24 hours after now ({now}): check the device's clock"));
    }
    let values = values.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
    Report { online, values: values.collect::<BTreeMap<_, _>>(), at }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);

    fn paths(problem: &Problem) -> Vec<&str> {
        problem.errors.iter().map(|error| error.path.as_str()).collect()
    }

    #[test]
    fn a_report_has_three_members_that_may_be_absent_or_null() {
        let read =
            report(&json!({"online": false, "state": {"on_off": true}, "at": "2026-03-01T10:00:00Z"}), NOW).unwrap();
        let values = BTreeMap::from([("on_off".to_owned(), json!(true))]);
        assert_eq!(read, Report { online: Some(false), values, at: Some(NOW) });
        assert_eq!(report(&json!({}), NOW).unwrap(), Report::default());
        assert_eq!(report(&json!({"online": null, "state": null, "at": null}), NOW).unwrap(), Report::default());
    }

    #[test]
    fn every_fault_of_a_report_is_named() {
        let problem = report(&json!({"online": 1, "state": [], "at": "today", "brightness": 5}), NOW).unwrap_err();
        assert_eq!(paths(&problem), ["$.online", "$.state", "$.at", "$.brightness"]);
        assert_eq!(problem.status, StatusCode::BAD_REQUEST);
        assert_eq!(paths(&report(&json!("on"), NOW).unwrap_err()), ["$"]);
        let many: serde_json::Map<_, _> = (0..=STATE_MAX).map(|n| (format!("t{n}"), json!(1))).collect();
        assert_eq!(paths(&report(&json!({ "state": many }), NOW).unwrap_err()), ["$.state"]);
    }

    #[test]
    fn a_clock_may_be_a_day_ahead() {
        let at = |text: &str| report(&json!({"at": text}), NOW);
        assert!(at("2026-03-02T10:00:00Z").is_ok());
        let problem = at("2026-03-02T10:00:00.001Z").unwrap_err();
        assert_eq!(paths(&problem), ["$.at"]);
        assert!(problem.detail.contains("clock"), "{}", problem.detail);
    }

    #[test]
    fn the_reports_of_a_list_stand_alone() {
        let body = json!({"reports": [{"device_id": "a"}, {"device_id": "b c"}, {"online": true}, {"device_id": "d", "x": 1}, 5]});
        let items = reports(&body, NOW).unwrap();
        assert_eq!(items[0].as_ref().unwrap().0.as_str(), "a");
        let faults: Vec<Vec<&str>> = items[1..].iter().map(|item| paths(item.as_ref().unwrap_err())).collect();
        assert_eq!(
            faults,
            [["$.reports[1].device_id"], ["$.reports[2].device_id"], ["$.reports[3].x"], ["$.reports[4]"]]
        );
    }

    #[test]
    fn a_list_has_at_most_100_reports() {
        let body = |count: usize| json!({"reports": vec![json!({"device_id": "a"}); count]});
        assert_eq!(reports(&body(100), NOW).unwrap().len(), 100);
        assert_eq!(paths(&reports(&body(101), NOW).unwrap_err()), ["$.reports"]);
        assert_eq!(paths(&reports(&json!({}), NOW).unwrap_err()), ["$.reports"]);
    }

    #[test]
    fn bytes_that_are_no_json_are_refused() {
        for body in [&b""[..], b"{", b"\xff", b"{\"a\":NaN}", &b"[".repeat(10_000)] {
            assert_eq!(json(body).unwrap_err().status, StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn an_answer_does_not_grow_with_the_faults() {
        let mut body = serde_json::Map::new();
        for n in 0..10_000 {
            body.insert(format!("x{n}"), json!(1));
        }
        assert_eq!(report(&Json::Object(body), NOW).unwrap_err().errors.len(), ERRORS_MAX);
    }
}
