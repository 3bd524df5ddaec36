//! `homeport cost`: what a deployment costs on AWS for a fleet. `docs/cost.md` explains the model.

mod model;

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use model::{Item, bill};

/// US dollars, list prices without free amounts; those of us-east-1 in 2026, to be checked against the region's price pages.
const PRICES: &str = include_str!("prices.json");

/// What the devices and their users do.
#[derive(Args, Clone, Debug)]
pub(crate) struct Fleet {
    /// Devices.
    #[arg(long, default_value_t = 10_000.0)]
    pub(crate) devices: f64,
    /// Devices of one user.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) devices_per_user: f64,
    /// Platforms that a user has linked.
    #[arg(long, default_value_t = 1.2)]
    pub(crate) links_per_user: f64,
    /// State changes of a device, a day.
    #[arg(long, default_value_t = 48.0)]
    pub(crate) changes: f64,
    /// Reports without any change, for each change.
    #[arg(long, default_value_t = 0.5)]
    pub(crate) repeats: f64,
    /// Commands to a device, a day.
    #[arg(long, default_value_t = 4.0)]
    pub(crate) commands: f64,
    /// Times that a platform reads a user's states, a day.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) queries: f64,
    /// Times that a platform lists a user's devices, a day.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) discoveries: f64,
    /// Changes that the notifier takes at once, on average.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) batch: f64,
    /// Part of the callbacks that have to be sent again, 0..1.
    #[arg(long, default_value_t = 0.01)]
    pub(crate) retried: f64,
    /// Size of a device in the table, kilobytes.
    #[arg(long, default_value_t = 1.5)]
    pub(crate) device_kb: f64,
    /// Platforms that are on.
    #[arg(long, default_value_t = 3.0)]
    pub(crate) platforms: f64,
    /// Users sign in at an identity provider of your own, not at the stack's user pool.
    #[arg(long)]
    pub(crate) own_sign_in: bool,
    /// Prices, as JSON with the members of crates/homeport/src/cost/prices.json.
    #[arg(long)]
    pub(crate) prices: Option<PathBuf>,
}

/// US dollars.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    pub(crate) api_million_requests: f64,
    pub(crate) lambda_million_requests: f64,
    pub(crate) lambda_gb_second: f64,
    pub(crate) table_million_writes: f64,
    pub(crate) table_million_reads: f64,
    pub(crate) table_gb_month: f64,
    pub(crate) backup_gb_month: f64,
    pub(crate) queue_million_requests: f64,
    pub(crate) log_gb: f64,
    pub(crate) metric_month: f64,
    pub(crate) alarm_metric_month: f64,
    pub(crate) secret_month: f64,
    pub(crate) trace_million: f64,
    pub(crate) transfer_gb: f64,
    pub(crate) sign_in_user_month: f64,
    pub(crate) sign_in_free_users: f64,
}

impl Fleet {
    fn check(&self) -> Result<(), String> {
        let numbers = [
            ("--devices", self.devices, 1.0, 1e12),
            ("--devices-per-user", self.devices_per_user, 0.001, 1e6),
            ("--links-per-user", self.links_per_user, 0.0, 1000.0),
            ("--changes", self.changes, 0.0, 1e6),
            ("--repeats", self.repeats, 0.0, 1e6),
            ("--commands", self.commands, 0.0, 1e6),
            ("--queries", self.queries, 0.0, 1e6),
            ("--discoveries", self.discoveries, 0.0, 1e6),
            ("--batch", self.batch, 1.0, 1000.0),
            ("--retried", self.retried, 0.0, 1.0),
            ("--device-kb", self.device_kb, 0.1, 400.0),
            ("--platforms", self.platforms, 1.0, 3.0),
        ];
        match numbers.into_iter().find(|(_, value, least, most)| !(*least..=*most).contains(value)) {
            None => Ok(()),
            Some((name, value, least, most)) => Err(format!("{name} {value} is not within {least} and {most}")),
        }
    }
}

fn prices(fleet: &Fleet) -> Result<Prices, String> {
    let (text, from) = match &fleet.prices {
        None => (PRICES.to_owned(), "prices.json".to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            (std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?, name)
        }
    };
    serde_json::from_str(&text).map_err(|error| format!("{from}: {error}"))
}

/// Prints the bill of a month.
pub(crate) fn run(fleet: &Fleet) -> Result<(), String> {
    fleet.check()?;
    let items = bill(fleet, &prices(fleet)?);
    println!("{}", table(fleet, &items));
    Ok(())
}

fn table(fleet: &Fleet, items: &[Item]) -> String {
    let mut lines = vec![format!("{:<28} {:>12}  {}", "a month", "US dollars", "of which")];
    for item in items {
        lines.push(format!("{:<28} {:>12.2}  {}", item.name, item.dollars, item.because));
    }
    let total: f64 = items.iter().map(|item| item.dollars).sum();
    let fixed: f64 = items.iter().filter(|item| item.fixed).map(|item| item.dollars).sum();
    let changes = model::changes_a_month(fleet) / 1e6;
    lines.push(format!("{:<28} {total:>12.2}", "together"));
    lines.push(String::new());
    lines.push(format!("{:<28} {fixed:>12.2}  whatever the fleet does", "fixed"));
    lines.push(format!("{:<28} {:>12.6}  fixed part included", "a device", total / fleet.devices));
    if changes > 0.0 {
        let per_million = model::of_changes(items) / changes;
        lines.push(format!("{:<28} {per_million:>12.2}  from the report to the platforms", "a million state changes"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        fleet: Fleet,
    }

    fn fleet(words: &[&str]) -> Fleet {
        <Line as clap::Parser>::parse_from(["cost"].iter().chain(words)).fleet
    }

    fn total(fleet: &Fleet) -> f64 {
        bill(fleet, &prices(fleet).unwrap()).iter().map(|item| item.dollars).sum()
    }

    #[test]
    fn an_idle_fleet_costs_what_is_fixed() {
        let idle =
            fleet(&["--changes", "0", "--commands", "0", "--queries", "0", "--discoveries", "0", "--devices", "1"]);
        let items = bill(&idle, &prices(&idle).unwrap());
        let moving: f64 = items.iter().filter(|item| !item.fixed).map(|item| item.dollars).sum();
        assert!(moving < 0.01, "{items:?}");
    }

    #[test]
    fn twice_the_changes_are_twice_what_changes_cost() {
        let [none, once, twice] = ["0", "10", "20"].map(|changes| total(&fleet(&["--changes", changes])));
        assert!(once > none);
        assert!((twice - none - 2.0 * (once - none)).abs() < 1e-6, "{none} {once} {twice}");
    }

    #[test]
    fn larger_batches_are_cheaper() {
        assert!(total(&fleet(&["--batch", "50"])) < total(&fleet(&["--batch", "1"])));
    }

    #[test]
    fn a_device_over_a_kilobyte_needs_a_second_write() {
        let writes = |kb: &str| {
            let fleet = fleet(&["--device-kb", kb]);
            let items = bill(&fleet, &prices(&fleet).unwrap());
            items.iter().find(|item| item.name == "DynamoDB writes").unwrap().dollars
        };
        assert!(writes("1.1") > 1.5 * writes("1.0"));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(fleet(&["--retried", "2"]).check().unwrap_err().contains("--retried 2"));
        assert!(fleet(&["--devices", "NaN"]).check().is_err());
        assert!(fleet(&[]).check().is_ok());
    }

    #[test]
    fn the_table_has_every_item_and_the_two_figures() {
        let fleet = fleet(&[]);
        let items = bill(&fleet, &prices(&fleet).unwrap());
        let shown = table(&fleet, &items);
        for item in &items {
            assert!(shown.contains(item.name));
        }
        assert!(shown.contains("a million state changes") && shown.contains("a device"));
    }
}
