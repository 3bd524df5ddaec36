//! The words of every enumerated trait.

use super::vocabulary::vocabulary;

vocabulary! {
    /// A word of an enumerated trait. Which words a trait knows is said by its row in [`super::Trait`].
    Word {
        Off = "off", Auto = "auto", Low = "low", Medium = "medium", High = "high", Normal = "normal",
        Quiet = "quiet", Turbo = "turbo", Min = "min", Max = "max", Slow = "slow", Fast = "fast", Eco = "eco",
        Express = "express", Smart = "smart",
        // light
        Alarm = "alarm", Alice = "alice", Candle = "candle", Dinner = "dinner", Fantasy = "fantasy",
        Garland = "garland", Jungle = "jungle", Movie = "movie", Neon = "neon", Night = "night", Ocean = "ocean",
        Party = "party", Reading = "reading", Rest = "rest", Romance = "romance", Siren = "siren",
        Sunrise = "sunrise", Sunset = "sunset",
        Color = "color", Temperature = "temperature", Scene = "scene",
        // climate
        Heat = "heat", Cool = "cool", Dry = "dry", FanOnly = "fan_only", Preheat = "preheat",
        Vertical = "vertical", Horizontal = "horizontal", Both = "both",
        SupplyAir = "supply_air", ExtractionAir = "extraction_air",
        // sensors
        Open = "open", Closed = "closed", Clear = "clear", Detected = "detected",
        Click = "click", DoubleClick = "double_click", LongPress = "long_press",
        Tilt = "tilt", Fall = "fall", Vibration = "vibration", Strobe = "strobe",
        // covers and locks
        Opening = "opening", Closing = "closing", Stopped = "stopped", Close = "close", Stop = "stop",
        Locked = "locked", Unlocked = "unlocked", Jammed = "jammed",
        // appliances
        One = "one", Two = "two", Three = "three", Four = "four", Five = "five", Six = "six", Seven = "seven",
        Eight = "eight", Nine = "nine", Ten = "ten",
        Steam = "steam", Vacuum = "vacuum", Boiling = "boiling", Baking = "baking", Dessert = "dessert",
        BabyFood = "baby_food", Fowl = "fowl", Frying = "frying", Yogurt = "yogurt", Cereals = "cereals",
        Macaroni = "macaroni", MilkPorridge = "milk_porridge", Multicooker = "multicooker", Pasta = "pasta",
        Pizza = "pizza", Pilaf = "pilaf", Sauce = "sauce", Soup = "soup", Stewing = "stewing",
        SlowCook = "slow_cook", DeepFryer = "deep_fryer", Bread = "bread", Aspic = "aspic",
        Cheesecake = "cheesecake",
        Glass = "glass", Intensive = "intensive", PreRinse = "pre_rinse",
        Americano = "americano", Cappuccino = "cappuccino", Double = "double", DoubleEspresso = "double_espresso",
        Espresso = "espresso", Latte = "latte",
        BlackTea = "black_tea", FlowerTea = "flower_tea", GreenTea = "green_tea", HerbalTea = "herbal_tea",
        OolongTea = "oolong_tea", PuerhTea = "puerh_tea", RedTea = "red_tea", WhiteTea = "white_tea",
        Wet = "wet", Mixed = "mixed",
        Perimeter = "perimeter", Spot = "spot", RandomRoute = "random_route",
        Cleaning = "cleaning", Paused = "paused", Returning = "returning", Docked = "docked", Charging = "charging",
        Idle = "idle", Error = "error", Start = "start", Pause = "pause", Resume = "resume", Dock = "dock",
        // media
        Tv = "tv", Hdmi1 = "hdmi1", Hdmi2 = "hdmi2", Hdmi3 = "hdmi3", Hdmi4 = "hdmi4", Av = "av", Usb = "usb",
        Bluetooth = "bluetooth", Content = "content", Screencast = "screencast",
        Playing = "playing",
        Up = "up", Down = "down", Left = "left", Right = "right", Confirm = "confirm", Back = "back", Home = "home",
        Previous = "previous", Next = "next",
        Key0 = "0", Key1 = "1", Key2 = "2", Key3 = "3", Key4 = "4", Key5 = "5", Key6 = "6", Key7 = "7", Key8 = "8",
        Key9 = "9",
        Unlock = "unlock", Reject = "reject",
    }
}
