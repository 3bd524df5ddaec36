//! The documentation is generated where it repeats the model, and its examples work.

use std::fmt::Write;

use common::model::{
    Access, Color, Device, DeviceId, DeviceType, Kind, Number, Planner, Report, State, Target, Timestamp, Trait, Value,
    Word, report,
};
use serde_json::{Value as Json, json};

use super::at;
use super::schema::root;

const PAGE: &str = "docs/model.md";

/// Compares a file of the repository with what was generated. `HOMEPORT_UPDATE_DOCS=1` writes it.
pub(crate) fn assert_same(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("HOMEPORT_UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let hint = "write it with HOMEPORT_UPDATE_DOCS=1 cargo test -p common --test model";
    assert!(stored == text, "{file} is not up to date; {hint}");
}

fn page() -> String {
    std::fs::read_to_string(root().join(PAGE)).unwrap()
}

/// Puts text between the marks of a generated part.
fn fill(page: &str, part: &str, text: &str) -> String {
    let (before, rest) = page.split_once(&format!("<!-- generated: {part} -->\n")).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}<!-- generated: {part} -->\n{text}<!-- end -->{after}")
}

fn code(words: &[Word]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
}

/// What a value of the trait can be.
fn values(trait_: Trait) -> String {
    match trait_.spec().kind {
        Kind::Bool => "`true` `false`".to_owned(),
        Kind::Number(kind) => {
            let range = match (kind.min, kind.max) {
                (Some(min), Some(max)) => format!("{min} to {max}"),
                (Some(min), None) => format!("at least {min}"),
                _ => "`min` and `max` required".to_owned(),
            };
            let step = kind.step.map(|step| format!(", step {step}")).unwrap_or_default();
            let unit = if kind.unit.is_empty() { String::new() } else { format!(" {}", kind.unit) };
            format!("number{unit}, {range}{step}")
        }
        Kind::Enum { states: words, .. } => code(words),
        Kind::Event(words) => format!("event {}", code(words)),
        Kind::Color => "`{\"hue\", \"saturation\"}`".to_owned(),
        Kind::Stream => "stream".to_owned(),
    }
}

fn access(trait_: Trait) -> &'static str {
    match trait_.spec().access {
        Access::ReadWrite => "rw",
        Access::ReadOnly => "ro",
        Access::Derived => "follows",
        Access::CommandOnly => "commands only",
        Access::Momentary => "happens",
    }
}

#[test]
fn the_tables_are_those_of_the_model() {
    let types: Vec<String> = DeviceType::ALL.iter().map(|device_type| format!("`{device_type}`")).collect();
    let mut traits = "| trait | | values | |\n|---|---|---|---|\n".to_owned();
    for trait_ in Trait::ALL {
        writeln!(traits, "| `{trait_}` | {} | {} | {} |", access(*trait_), values(*trait_), trait_.about()).unwrap();
    }
    let mut commands = "| trait | commands |\n|---|---|\n".to_owned();
    for trait_ in Trait::ALL {
        if let Kind::Enum { states, commands: words } = trait_.spec().kind
            && states != words
        {
            writeln!(commands, "| `{trait_}` | {} |", code(words)).unwrap();
        }
    }
    let page = fill(&page(), "types", &format!("{}\n", types.join(" ")));
    let page = fill(&fill(&page, "traits", &traits), "commands", &commands);
    assert_same(PAGE, &page);
}

#[test]
fn every_option_and_override_is_described() {
    let (page, schema) = (page(), common::model::device_schema());
    let names = |schema: &Json| schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for member in names(&schema) {
        assert!(page.contains(&format!("`{member}`")), "{member}");
    }
    for option in schema["properties"]["traits"]["properties"].as_object().unwrap().values().flat_map(names) {
        assert!(page.contains(&format!("`{option}`")), "{option}");
    }
    for (platform, options) in schema["properties"]["overrides"]["properties"].as_object().unwrap() {
        for option in names(options) {
            assert!(page.contains(&format!("`{platform}.{option}`")), "{platform}.{option}");
        }
    }
}

#[test]
fn the_examples_work() {
    let page = page();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    let examples: Vec<Json> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    let [document, reported, commands] = examples.as_slice() else { panic!("{} examples", examples.len()) };

    let device = Device::parse(&DeviceId::new("lamp-1").unwrap(), document).unwrap();
    let report = Report {
        online: reported["online"].as_bool(),
        values: reported["state"].as_object().unwrap().clone().into_iter().collect(),
        at: Timestamp::parse(reported["at"].as_str().unwrap()),
    };
    assert!(report.at.is_some());
    let outcome = report::apply(&device, &State::default(), &report, at(0));
    assert_eq!(outcome.applied.len(), 3, "{outcome:?}");

    let mut planner = Planner::new(&device, &outcome.state, at(0));
    let value = |value: Value| Target::Value(value);
    let entry = vec![
        (Trait::OnOff, value(true.into())),
        (Trait::Brightness, Target::By(Number::from(20))),
        (Trait::Color, value(Color::new(120, 50).unwrap().into())),
    ];
    planner.add(&entry).unwrap();
    assert_eq!(&json!(planner.targets()), commands);
}
