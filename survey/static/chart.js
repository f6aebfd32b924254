/* Charts: each <div class="chart" data-chart="ID"> draws the options in <script id="ID"
   type="application/json">; the table beside it says the same. Drawn again when htmx renews it. */
"use strict";

(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const draw = (place) => {
    const source = document.getElementById(place.dataset.chart);
    if (!source || !window.echarts) {
      return;
    }
    const chart = window.echarts.getInstanceByDom(place) || window.echarts.init(place);
    chart.setOption({
      animation: false,
      aria: { enabled: true },
      color: [style("--main"), style("--info"), style("--warn"), style("--bad"), style("--soft")],
      textStyle: { color: style("--ink"), fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { trigger: "axis", renderMode: "richText" }, // the policy forbids inline styles
      ...JSON.parse(source.textContent),
    });
  };

  const drawAll = () => document.querySelectorAll(".chart[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  window.addEventListener("resize", () => {
    document.querySelectorAll(".chart[data-chart]").forEach((place) => {
      const chart = window.echarts && window.echarts.getInstanceByDom(place);
      if (chart) {
        chart.resize();
      }
    });
  });
})();
