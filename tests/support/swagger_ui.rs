//! Swagger UI in a browser, used as somebody who explores uses it.

use fantoccini::{Locator, elements::Element};
use serde_json::json;

use super::{Node, browser::Browser};

/// The page of a node; the browser ends when dropped.
#[derive(Debug)]
pub(crate) struct SwaggerUi {
    pub(crate) browser: Browser,
}

impl SwaggerUi {
    /// Opens it in a browser of its own.
    pub(crate) async fn open(node: &Node) -> Self {
        let browser = Browser::start().await;
        browser.page.goto(&format!("{}/swagger-ui/", node.url())).await.unwrap();
        Self { browser }
    }

    /// Waits for an element.
    async fn element(&self, css: &str) -> Element {
        self.browser.page.wait().for_element(Locator::Css(css)).await.unwrap()
    }

    async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    /// Pastes a token where the page asks for one.
    pub(crate) async fn authorize(&self, token: &str) {
        self.click("button.authorize").await;
        self.element(".auth-container input").await.send_keys(token).await.unwrap();
        self.click(".auth-btn-wrapper button.authorize").await;
        self.click(".auth-btn-wrapper .btn-done").await;
    }

    /// Logs out, so that somebody else may authorize.
    pub(crate) async fn log_out(&self) {
        self.click("button.authorize").await;
        self.click(".auth-btn-wrapper button:not(.authorize):not(.btn-done)").await;
        self.click(".auth-btn-wrapper .btn-done").await;
    }

    /// Opens an operation, which is closed when the page is loaded.
    pub(crate) async fn unfold(&self, operation: &str) {
        self.click(&format!("{} .opblock-summary-control", id(operation))).await;
    }

    /// Pastes `text` into a field of an open operation, over what is there. The page takes seconds
    /// over every key that is pressed one by one.
    async fn fill(&self, operation: &str, field: &str, text: &str) {
        const PASTE: &str = "
            const [field, text] = arguments;
            const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
            set.call(field, text);
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));";
        let field = self.element(&format!("{} {field}", id(operation))).await;
        let arguments = vec![json!(field), json!(text)];
        self.browser.page.execute(PASTE, arguments).await.unwrap();
    }

    /// Pastes the body of an open operation.
    pub(crate) async fn fill_body(&self, operation: &str, body: &str) {
        self.fill(operation, ".body-param textarea", body).await;
    }

    /// Pastes a parameter of an open operation.
    pub(crate) async fn fill_parameter(&self, operation: &str, name: &str, value: &str) {
        self.fill(operation, &format!("tr[data-param-name='{name}'] input"), value).await;
    }

    /// Presses "Execute" of an open operation and returns the answer that the page shows.
    pub(crate) async fn press_execute(&self, operation: &str) -> String {
        let id = id(operation);
        let page = &self.browser.page;
        let clear = format!("{id} .btn-clear");
        // What the page shows of the time before is not the answer.
        if let Ok(clear) = page.find(Locator::Css(&clear)).await {
            clear.click().await.unwrap();
        }
        self.click(&format!("{id} .execute")).await;
        let answer = format!("{id} .live-responses-table .highlight-code code");
        let answer = self.element(&answer).await;
        // For screenshots.
        let into_view = "arguments[0].scrollIntoView({ block: 'center' })";
        page.execute(into_view, vec![json!(answer)]).await.unwrap();
        answer.text().await.unwrap()
    }

    /// Opens an operation and executes it as it stands there.
    pub(crate) async fn execute(&self, operation: &str) -> String {
        self.unfold(operation).await;
        self.press_execute(operation).await
    }
}

fn id(operation: &str) -> String {
    format!("[id='operations-{operation}']")
}
