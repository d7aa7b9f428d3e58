// The page's start: connect, make the state, mount.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import AppView from './App.svelte';
import { connect } from './client/connect.ts';
import { loadPage } from './shell/pages.ts';
import { App } from './state/app.svelte.ts';
import { parseRoute } from './state/router.svelte.ts';

// What the address shows is fetched while the connection is made; App.svelte says if that fails.
loadPage(parseRoute(window.location.hash).page).catch(() => undefined);

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app.');

const app = new App(await connect(window), window);
app.start();
mount(AppView, { target, props: { app } });
