//! What each platform has for each trait, as a page for people; generated from the platforms' tables.

use std::fmt::Write;

use common::model::Trait;
use common::platform::Platform;

use super::docs::assert_same;

const HEAD: &str = "# Support matrix

What each trait is on each platform. Generated from the mapping tables; a test keeps it up to date (`make docs` writes it).

Yandex: `kind:instance`, where `float` and `event` are properties and the rest capabilities. Sber: functions. SmartThings: capability and attribute. A
dash means that the platform has no place for it. Whether a device is offered to a platform at all depends on its type and traits: registering it
answers with `warnings`.

";

#[test]
fn the_support_matrix_is_what_the_tables_say() {
    let mut page = HEAD.to_owned();
    let names = ["Yandex", "Sber", "SmartThings"];
    writeln!(page, "| trait | {} |\n|---|---|---|---|", names.join(" | ")).unwrap();
    let mut counts = [0; 3];
    for trait_ in Trait::ALL {
        let mut cells = Vec::new();
        for (platform, count) in Platform::ALL.iter().zip(&mut counts) {
            let cell = platform.support(*trait_);
            *count += usize::from(cell.is_some());
            cells.push(cell.map_or_else(|| "–".to_owned(), |text| format!("`{}`", text.replace(", ", "` `"))));
        }
        writeln!(page, "| `{trait_}` | {} |", cells.join(" | ")).unwrap();
    }
    let totals: Vec<String> = counts.iter().map(|count| format!("{count} of {}", Trait::ALL.len())).collect();
    writeln!(page, "| | {} |", totals.join(" | ")).unwrap();
    assert_same("docs/support-matrix.md", &page);
}
