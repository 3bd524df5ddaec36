#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod banner;
mod callbacks;
mod cost;
mod data;
mod demo;
mod dev;
mod doctor;
mod dynamodb;
mod redrive;
mod run;
mod server;
mod settings;
mod simulation;

pub use callbacks::lambda_record;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Connects a device maker's cloud to Yandex Smart Home, Sber Smart Home and SmartThings.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve every function on one address, over an embedded DynamoDB. Settings are environment variables, see the README.
    Run {
        /// Load a demo home for user `demo` when the store is empty.
        #[arg(long)]
        demo: bool,
    },
    /// Simulate the callback APIs of Yandex, Sber and SmartThings: strict, with faults on request. `homeport run` does so by itself
    /// where no platform address is set.
    Sim {
        /// Link a user of every platform at this homeport, such as http://127.0.0.1:8080.
        #[arg(long)]
        homeport: Option<String>,
        /// The user.
        #[arg(long, default_value = "demo")]
        user: String,
    },
    /// Put back what was set aside after a day of failing: the dead letters of the queue in HOMEPORT_RETRY_QUEUE_URL, or those of
    /// the program that runs at HOMEPORT_ADDR.
    Redrive,
    /// What a deployment costs on AWS for a fleet, in a month; docs/cost.md explains the model.
    Cost(cost::Fleet),
    /// Look at a deployment: addresses, routes, certificates, keys, tokens; and say what to mend.
    Doctor(doctor::Patient),
    /// Print the JSON Schema of the device document.
    Schema,
}

/// Runs the command on the command line.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run { demo } => run::run(demo),
        Command::Sim { homeport, user } => simulation::run(homeport.as_deref(), &user),
        Command::Redrive => redrive::redrive(),
        Command::Cost(fleet) => cost::run(&fleet),
        Command::Doctor(patient) => doctor::run(&patient),
        Command::Schema => {
            println!("{:#}", common::model::device_schema());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("homeport: {message}");
            ExitCode::FAILURE
        }
    }
}
