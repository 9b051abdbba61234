// Shows the document of this server, and asks nobody else: no validator, no links of others.
window.addEventListener("load", function () {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    persistAuthorization: false,
    queryConfigEnabled: false,
    tagsSorter: "alpha",
    validatorUrl: null,
  });
});
