//! The device types.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a device is. Each platform has its own word for it, see the platforms' `map` modules.
    DeviceType {
        Light = "light", LightStrip = "light_strip", Socket = "socket", Switch = "switch", Relay = "relay",
        Thermostat = "thermostat", Boiler = "boiler", Heater = "heater", Radiator = "radiator",
        FloorHeating = "floor_heating", AirConditioner = "air_conditioner", Fan = "fan", Ventilation = "ventilation",
        Purifier = "purifier", Humidifier = "humidifier", Kettle = "kettle", CoffeeMaker = "coffee_maker",
        Multicooker = "multicooker", Dishwasher = "dishwasher", WashingMachine = "washing_machine", Iron = "iron",
        VacuumCleaner = "vacuum_cleaner", Tv = "tv", TvBox = "tv_box", Receiver = "receiver",
        MediaDevice = "media_device", Curtain = "curtain", Blind = "blind", Gate = "gate", Valve = "valve",
        Lock = "lock", Intercom = "intercom", Camera = "camera", ClimateSensor = "climate_sensor",
        MotionSensor = "motion_sensor", ContactSensor = "contact_sensor", WaterLeakSensor = "water_leak_sensor",
        SmokeSensor = "smoke_sensor", GasSensor = "gas_sensor", CarbonMonoxideSensor = "carbon_monoxide_sensor",
        VibrationSensor = "vibration_sensor", IlluminanceSensor = "illuminance_sensor", Button = "button",
        ElectricityMeter = "electricity_meter", GasMeter = "gas_meter", ColdWaterMeter = "cold_water_meter",
        HotWaterMeter = "hot_water_meter", HeatMeter = "heat_meter", PetFeeder = "pet_feeder",
        PetFountain = "pet_fountain", Siren = "siren", PresenceSensor = "presence_sensor", Hub = "hub",
        Other = "other",
    }
}
