//! A real Chromium, driven as a person would: fields by their labels, buttons by what stands on them.
//!
//! Each test has a browser of its own with a profile of its own; few at a time, as two are all that a small machine bears.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chromiumoxide::browser::{Browser as Chromium, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::browser::BrowserContextId;
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use chromiumoxide::cdp::browser_protocol::page::{CaptureScreenshotFormat, SetBypassCspParams};
use chromiumoxide::cdp::browser_protocol::target::{CreateBrowserContextParams, CreateTargetParams};
use chromiumoxide::page::{Page, ScreenshotParams};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::runtime::Runtime;

/// Longest wait for what a page should show.
const SHOWN_MAX: Duration = Duration::from_secs(30);
/// Pause between two looks at a page.
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// Browsers at a time.
const AT_ONCE: usize = 2;

static RUNNING: Mutex<usize> = Mutex::new(0);
static FREE: Condvar = Condvar::new();

/// A place among the browsers that run.
struct Turn;

impl Turn {
    fn take() -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = FREE
            .wait_while(running, |running| *running >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREE.notify_one();
    }
}

/// One browser; each [`Browser::person`] in it has cookies of their own.
pub(super) struct Browser {
    runtime: Runtime,
    chromium: Chromium,
    _profile: tempfile::TempDir,
    _turn: Turn,
}

/// Where Debian has it.
fn program() -> PathBuf {
    let places = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let found = places.iter().map(Path::new).find(|place| place.exists());
    found.expect("run scripts/setup.sh test for chromium").to_owned()
}

impl Browser {
    pub(super) fn start() -> Self {
        let turn = Turn::take();
        let profile = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable(program())
            .user_data_dir(profile.path())
            // Root has no sandbox, and nothing but this server is looked at.
            .no_sandbox()
            .launch_timeout(SHOWN_MAX)
            .request_timeout(SHOWN_MAX)
            .args([
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--lang=en",
            ])
            .build()
            .unwrap();
        let chromium = runtime.block_on(async {
            let (chromium, mut handler) = Chromium::launch(config).await.unwrap();
            tokio::spawn(async move { while handler.next().await.is_some() {} });
            chromium
        });
        Self {
            runtime,
            chromium,
            _profile: profile,
            _turn: turn,
        }
    }

    /// A window of somebody who was never here, 1280 by 800.
    pub(super) fn person(&self) -> Tab<'_> {
        let made = self.runtime.block_on(async {
            let context = self
                .chromium
                .create_browser_context(CreateBrowserContextParams::default())
                .await
                .unwrap();
            self.window(context).await
        });
        Tab {
            browser: self,
            page: made,
        }
    }

    async fn window(&self, context: BrowserContextId) -> Page {
        let params = CreateTargetParams::builder()
            .url("about:blank")
            .browser_context_id(context);
        let page = self.chromium.new_page(params.build().unwrap()).await.unwrap();
        page.add_init_script(WATCH).await.unwrap();
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.runtime.block_on(async {
            drop(self.chromium.close().await);
            drop(tokio::time::timeout(Duration::from_secs(5), self.chromium.wait()).await);
            drop(self.chromium.kill().await);
        });
    }
}

/// Runs in each page before its own scripts: keeps what went wrong, and how far things jumped.
const WATCH: &str = r"
    globalThis.faults = [];
    globalThis.jumped = 0;
    addEventListener('error', (event) => faults.push(String(event.message ?? event.target?.src)), true);
    addEventListener('unhandledrejection', (event) => faults.push(String(event.reason?.stack ?? event.reason)));
    addEventListener('securitypolicyviolation', (event) => faults.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    const error = console.error;
    console.error = (...said) => { faults.push(said.join(' ')); error(...said); };
    try {
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) jumped += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
    } catch {}
";

/// Finds what a person means: `field(label)`, `control(text)`; only what is seen.
const HANDS: &str = r"
    const seen = (one) => one.checkVisibility({ visibilityProperty: true });
    const words = (one) => (one?.textContent ?? '').replace(/\s+/g, ' ').trim();
    const field = (label) => [...document.querySelectorAll('label')]
        .filter((one) => words(one) === label && seen(one)).map((one) => document.getElementById(one.htmlFor)).find(Boolean);
    const control = (text) => {
        const all = [...document.querySelectorAll('button, a[href], summary, [role=button]')].filter(seen);
        const name = (one) => one.getAttribute('aria-label') ?? words(one);
        const is = text.endsWith('…') ? (one) => words(one).startsWith(text.slice(0, -1)) : (one) => name(one) === text;
        return all.find((one) => is(one) && !one.disabled);
    };
    const controlBy = (near, text) => [...document.querySelectorAll('tr, li, section, .card')]
        .filter((one) => seen(one) && words(one).includes(near))
        .flatMap((one) => [...one.querySelectorAll('button, a[href]')].filter(seen))
        .find((one) => (one.getAttribute('aria-label') ?? words(one)) === text && !one.disabled);
    const mark = (one) => { document.querySelector('[data-hand]')?.removeAttribute('data-hand'); one?.setAttribute('data-hand', ''); return Boolean(one); };
";

/// What a person sees and does.
pub(super) struct Tab<'a> {
    browser: &'a Browser,
    page: Page,
}

impl Tab<'_> {
    fn wait_for<T>(&self, what: &str, mut look: impl AsyncFnMut(&Page) -> Option<T>) -> T {
        let deadline = Instant::now() + SHOWN_MAX;
        self.browser.runtime.block_on(async {
            loop {
                if let Some(found) = look(&self.page).await {
                    return found;
                }
                if Instant::now() >= deadline {
                    let text = self.page.evaluate("document.body.innerText").await;
                    let text = text.ok().and_then(|text| text.into_value::<String>().ok());
                    panic!(
                        "{what}: not within {SHOWN_MAX:?}; the page shows: {}",
                        text.unwrap_or_default()
                    );
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
    }

    /// What an expression gives now.
    pub(super) fn now(&self, expression: &str) -> Value {
        self.browser.runtime.block_on(async {
            let body = format!("(async () => {{ {HANDS} return ({expression}); }})()");
            self.page
                .evaluate(body)
                .await
                .unwrap()
                .into_value()
                .unwrap_or(Value::Null)
        })
    }

    /// Waits until an expression holds.
    pub(super) fn until(&self, expression: &str) {
        let body = format!("(() => {{ {HANDS} return Boolean({expression}); }})()");
        self.wait_for(expression, async |page| {
            let holds = page.evaluate(body.as_str()).await.ok()?.into_value::<bool>().ok()?;
            holds.then_some(())
        });
    }

    /// Waits until the page shows a text.
    pub(super) fn shows(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", Value::from(text)));
    }

    /// Waits until the page shows a text no more.
    pub(super) fn hides(&self, text: &str) {
        self.until(&format!("!document.body.innerText.includes({})", Value::from(text)));
    }

    pub(super) fn open(&self, url: &str) {
        self.browser.runtime.block_on(async {
            self.page.goto(url).await.unwrap();
        });
    }

    /// Goes to a room of the page.
    pub(super) fn go(&self, fragment: &str) {
        self.now(&format!("(location.hash = {}, null)", Value::from(fragment)));
    }

    async fn marked(page: &Page, which: &str) -> Option<chromiumoxide::Element> {
        let body = format!("(() => {{ {HANDS} return mark({which}); }})()");
        page.evaluate(body)
            .await
            .ok()?
            .into_value::<bool>()
            .ok()?
            .then_some(())?;
        page.find_element("[data-hand]").await.ok()
    }

    /// Presses a button or a link; a text that ends with `…` need only begin so.
    pub(super) fn press(&self, text: &str) {
        let which = format!("control({})", Value::from(text));
        self.wait_for(&format!("press {text}"), async |page| {
            let found = Self::marked(page, &which).await?;
            found.click().await.ok().map(drop)
        });
    }

    /// Presses a button or a link in the row, line or card that has another text in it.
    pub(super) fn press_by(&self, near: &str, text: &str) {
        let which = format!("controlBy({}, {})", Value::from(near), Value::from(text));
        self.wait_for(&format!("press {text} by {near}"), async |page| {
            let found = Self::marked(page, &which).await?;
            found.click().await.ok().map(drop)
        });
    }

    /// Types into a field in place of what stands there; again when the page was drawn anew meanwhile.
    pub(super) fn fill(&self, label: &str, text: &str) {
        let (which, wanted) = (format!("field({})", Value::from(label)), Value::from(text));
        self.wait_for(&format!("fill {label}"), async |page| {
            let found = Self::marked(page, &which).await?;
            found.focus().await.ok()?;
            page.evaluate("document.activeElement.select?.()").await.ok()?;
            found.type_str(text).await.ok()?;
            let holds = format!("(() => {{ {HANDS} return {which}?.value === {wanted}; }})()");
            let holds = page.evaluate(holds).await.ok()?.into_value::<bool>().ok()?;
            holds.then_some(())
        });
    }

    /// Puts a value that is not typed letter by letter, such as an instant or a choice.
    pub(super) fn set(&self, label: &str, value: &str) {
        let (label_text, value) = (Value::from(label), Value::from(value));
        self.until(&format!("field({label_text})"));
        self.now(&format!(
            "((one) => {{ one.value = {value}; one.dispatchEvent(new Event('input', {{ bubbles: true }})); one.dispatchEvent(new Event('change', {{ bubbles: true }})); return null; }})(field({label_text}))"
        ));
    }

    /// Chooses a file in the field for files.
    pub(super) fn choose_file(&self, file: &str) {
        self.wait_for("a field for files", async |page| {
            let found = page.find_element("input[type=file]").await.ok()?;
            let files = SetFileInputFilesParams::builder().file(file).node_id(found.node_id);
            page.execute(files.build().ok()?).await.ok().map(drop)
        });
    }

    /// Signs in from the first page, and waits for the rooms.
    pub(super) fn sign_in(&self, address: std::net::SocketAddr, user: &str, password: &str) {
        self.open(&format!("http://{address}/"));
        self.fill("User name", user);
        self.fill("Password", password);
        self.press("Sign in");
        self.until("document.querySelector('.frame')");
    }

    pub(super) fn size(&self, width: i64, height: i64) {
        let params = SetDeviceMetricsOverrideParams::new(width, height, 1.0, width < 600);
        self.browser.runtime.block_on(async {
            self.page.execute(params).await.unwrap();
        });
    }

    /// Before what is put into the page by a test alone.
    pub(super) fn without_policy(&self) {
        self.browser.runtime.block_on(async {
            self.page.execute(SetBypassCspParams::new(true)).await.unwrap();
        });
    }

    pub(super) fn picture(&self, file: &Path) {
        let params = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).build();
        self.browser.runtime.block_on(async {
            self.page.save_screenshot(params, file).await.unwrap();
        });
    }

    /// Nothing went wrong in the page so far.
    pub(super) fn is_well(&self) {
        assert_eq!(self.now("globalThis.faults"), Value::Array(Vec::new()));
    }
}
